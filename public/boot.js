// Starts the page. A file of its own, because the content security policy allows no inline script.
const boot = document.getElementById('boot');
const { js, wasm } = document.querySelector('script[data-wasm]').dataset;
const here = (file) => new URL(file, document.baseURI);

function fail(title, detail) {
  if (!boot) return;
  boot.setAttribute('role', 'alert');
  boot.querySelector('.boot-name').textContent = title;
  boot.querySelector('[role=status]').textContent = detail;
}

// The smallest module with a 128-bit SIMD instruction.
const simd = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11]);

if (typeof WebAssembly !== 'object' || !WebAssembly.validate(simd)) {
  fail('This browser cannot run Whittle', 'It needs WebAssembly with 128-bit SIMD, which Chrome and Edge 91, Firefox 89, Safari 16.4 and later have.');
} else {
  try {
    // The worker loads beside the page, not after it. What it says before the page listens is kept for it.
    try {
      // A link may ask for the plain build of the engine, to see the numbers that it made.
      const plain = /[?&]engine=simd128(&|$)/.test(location.hash);
      const worker = new Worker(here(`worker_loader.js${plain ? '?engine=simd128' : ''}`), { type: 'module' });
      const said = [];
      worker.onmessage = worker.onerror = (event) => said.push(event);
      globalThis.whittleWorker = { worker, said };
    } catch {
      // The page tries again itself, and says why it cannot.
    }

    const { default: init } = await import(here(js));
    await init({ module_or_path: here(wasm) });
    boot?.remove();
  } catch (error) {
    fail('Whittle did not start', `Reload the page; if that does not help, please report this: ${error?.message ?? error}`);
    throw error;
  }
}
