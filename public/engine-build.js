// Which build of the engine runs here: with relaxed SIMD (fused multiply-add, 8-bit dot products) where the browser has it, else plain 128-bit SIMD.
// `engine=simd128` in a query asks for the plain one.

// The smallest module with a relaxed instruction.
const relaxed = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11,
]);

/** What the files of the build have in their names behind `name`. */
export function suffix(query) {
  const plain = new URLSearchParams(query).get('engine') === 'simd128';
  return !plain && WebAssembly.validate(relaxed) ? '_relaxed' : '';
}

/** Loads the build of `name` that suits this browser; gives its exports, ready to be called. */
export async function load(name, query) {
  const file = name + suffix(query);
  // Module and glue at once: the glue alone would ask for the module only when it is there itself.
  const module_or_path = fetch(new URL(`./${file}_bg.wasm`, import.meta.url));
  const [exports] = await Promise.all([import(`./${file}.js`), module_or_path]);
  await exports.default({ module_or_path });
  return exports;
}
