// Measures the gallery with the command line and writes the tables of docs/presets.md:
//
//   cargo build --release --bin whittle && node tools/presets.mjs [target/release/whittle]
//
// Every experiment runs as it is shipped, then with two other seeds, and without compression where pruning shapes the training.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? 'target';
const program = process.argv[2] ?? `${target}/release/whittle`;
const page = `${root}docs/presets.md`;
const OTHER_SEEDS = [2, 3];

const whittle = (...args) => execFileSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });

function run(link) {
  const lines = whittle('run', link, '--json').trim().split('\n').map((line) => JSON.parse(line));
  return { started: lines[0], ...lines.at(-1) };
}

// The link with some of its keys set to other values; the text stays as readable as it was.
function changed(link, values) {
  const pairs = link.split('&').filter((pair) => !Object.keys(values).includes(pair.split('=')[0]));
  return [...pairs, ...Object.entries(values).map(([key, value]) => `${key}=${value}`)].join('&');
}

const score = (model) => model.accuracy ?? model.r2;
const shown = (model) => (model.accuracy === undefined ? `R² ${model.r2.toFixed(3)}` : `${(100 * model.accuracy).toFixed(2)} %`);
const range = (models) => {
  const sorted = [...models].sort((a, b) => score(a) - score(b));
  return `${shown(sorted[0])} … ${shown(sorted.at(-1))}`;
};
const count = (n) => n.toLocaleString('en-US');

function measure(preset) {
  const first = run(preset.link);
  const runs = [first, ...OTHER_SEEDS.map((seed) => run(changed(preset.link, { seed })))];
  const during = preset.link.includes('during=on');
  const plain = during
    ? [1, ...OTHER_SEEDS].map((seed) => run(changed(preset.link, { prune: 0, during: 'off', seed })))
    : runs;
  console.error(`${preset.key}: ${shown(first.baseline)}, optimized ${shown(first.optimized)}, ${first.seconds.toFixed(1)} s`);
  const seconds = Math.min(...runs.map((r) => r.seconds));
  return { preset, first, runs, plain, seconds };
}

const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const presets = JSON.parse(whittle('list', '--json')).presets;
const measured = presets.map(measure);

const figures = table(
  ['preset', 'parameters', 'epochs', 'fp32', 'optimized', 'bytes fp32', 'bytes optimized', 'stored', 'seconds', 'seed'],
  measured.map(({ preset, first, seconds }) => [
    `\`${preset.key}\``, first.started.learner ? '–' : count(first.started.params), first.started.learner ? '–' : first.epochs, shown(first.baseline), shown(first.optimized),
    count(first.bytes.dense), count(first.bytes[first.best]), first.best, seconds.toFixed(seconds < 1 ? 2 : 1), first.seed,
  ]),
);
const spread = table(
  ['preset', 'without compression', 'fp32', 'optimized'],
  measured.map(({ preset, runs, plain }) => [
    `\`${preset.key}\``, range(plain.map((r) => r.baseline)), range(runs.map((r) => r.baseline)), range(runs.map((r) => r.optimized)),
  ]),
);
const commands = presets.map((p) => `whittle run preset:${p.key}\nwhittle run '${p.link}'`).join('\n\n');

const fill = (text, name, content) => {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const from = text.indexOf(begin), to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/presets.md has no place for ${name}`);
  return `${text.slice(0, from)}${begin}\n\n${content}\n\n${text.slice(to)}`;
};
let text = readFileSync(page, 'utf8');
text = fill(text, 'figures', figures);
text = fill(text, 'spread', spread);
text = fill(text, 'commands', `\`\`\`sh\n${commands}\n\`\`\``);
writeFileSync(page, text);
