// Times the modules that run.sh builds, in headless Chromium: run.mjs NAME=FILE … Medians of nine rounds, all in turn.
import fs from 'node:fs';
import { chromium } from 'playwright-core';
import { launchOptions } from '../../tools/browser.mjs';

const LIBRARIES = ['Whittle', 'gemm', 'rten-gemm'];
const SIZES = [
  [512, 512, 512],
  [128, 128, 784],
  [784, 128, 128],
  [256, 10, 64],
  [1, 128, 784],
  [63, 65, 129],
];

/** GFLOP/s of each round, a list for each library of each module. Runs in the page. */
async function measure({ files, size: [m, n, k], libraries, rounds = 9, seconds = 0.1 }) {
  const load = async ({ name, bytes }) => {
    const module = await WebAssembly.compile(Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0)));
    // Nothing of the browser is called: what the modules import are ways to it that no product takes.
    const missing = () => {
      throw new Error('imported');
    };
    const imports = {};
    for (const { module: from, name: what } of WebAssembly.Module.imports(module)) (imports[from] ??= {})[what] = missing;
    const { exports } = await WebAssembly.instantiate(module, imports);
    return { name, exports };
  };
  const modules = await Promise.all(files.map(load));
  const rates = {};
  const sums = [];
  const operations = 2 * m * n * k;
  const calls = Math.max(1, Math.round(2e7 / operations));
  for (let round = 0; round < rounds; round++) {
    for (const { name, exports } of modules) {
      exports.prepare(m, n, k);
      for (let library = 0; library < libraries; library++) {
        sums.push(exports.run(library, 1));
        const start = performance.now();
        let [done, elapsed] = [0, 0];
        while (elapsed < seconds) {
          exports.run(library, calls);
          done += calls;
          elapsed = (performance.now() - start) / 1000;
        }
        ((rates[name] ??= [])[library] ??= []).push((operations * done) / elapsed / 1e9);
      }
    }
  }
  return { rates, spread: Math.max(...sums) - Math.min(...sums) };
}

const files = process.argv.slice(2).map((argument) => {
  const [name, file] = argument.split('=');
  return { name, bytes: fs.readFileSync(file).toString('base64') };
});
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const browser = await chromium.launch(launchOptions);
const page = await browser.newPage();
for (const size of SIZES) {
  const { rates, spread } = await page.evaluate(measure, { files, size, libraries: LIBRARIES.length });
  if (!(spread < 0.05)) throw new Error(`the sums of ${size.join('×')} lie ${spread} apart`);
  for (const build of ['simd128', 'relaxed']) {
    const builds = Object.keys(rates).filter((name) => name.startsWith(build));
    const best = LIBRARIES.map((library, i) => `${library} ${Math.max(...builds.map((name) => median(rates[name][i]))).toFixed(1)}`);
    console.log(`${size.join('×')} ${build}: ${best.join(', ')} GFLOP/s`);
  }
}
await browser.close();
