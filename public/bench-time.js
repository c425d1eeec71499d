/** Calls `chunk` for at least `warm` seconds, then for at least `seconds`; gives calls and seconds of the second part. */
export function timed(chunk, warm, seconds) {
  let start = performance.now();
  do chunk();
  while (performance.now() - start < 1000 * warm);
  let calls = 0;
  start = performance.now();
  let elapsed;
  do {
    chunk();
    calls++;
    elapsed = (performance.now() - start) / 1000;
  } while (elapsed < seconds);
  return { calls, seconds: elapsed };
}

/** The same for chunks that are promises. */
export async function timedAsync(chunk, warm, seconds) {
  let start = performance.now();
  do await chunk();
  while (performance.now() - start < 1000 * warm);
  let calls = 0;
  start = performance.now();
  let elapsed;
  do {
    await chunk();
    calls++;
    elapsed = (performance.now() - start) / 1000;
  } while (elapsed < seconds);
  return { calls, seconds: elapsed };
}
