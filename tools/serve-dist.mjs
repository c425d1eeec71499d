// Serves the built page as a host would: dist/ with the headers of its _headers file. Nothing but node:http.
//
//   node tools/serve-dist.mjs [--root dist] [--port 8080] [--base /some/folder/] [--isolated] [--cache]
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.csv': 'text/csv; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
};
const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Reads a `_headers` file: a path without indent, `*` for anything, then its headers, indented. */
export function readHeaders(text) {
  const rules = [];
  for (const line of text.split('\n')) {
    if (!line.trim() || line.trimStart().startsWith('#')) continue;
    if (/^\s/.test(line)) {
      const colon = line.indexOf(':');
      rules.at(-1).headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
    } else {
      const pattern = line.trim().split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*');
      rules.push({ pattern: new RegExp(`^${pattern}$`), headers: [] });
    }
  }
  return rules;
}

/**
 * Starts a server on a free port of this machine, or on the one asked for.
 *
 * `base` is the folder of the site that holds the page; `isolated` adds the headers for cross-origin isolation;
 * `cache` keeps the Cache-Control of `_headers`, else nothing is stored; `onRequest` hears `{ path, status, bytes, body }` of each answer.
 */
export async function startServer({ root = path.join(ROOT, 'dist'), port = 0, base = '/', isolated = false, cache = false, onRequest } = {}) {
  if (!fs.existsSync(path.join(root, 'index.html'))) throw new Error(`${root} holds no built page: run "make dist"`);
  const headersFile = path.join(root, '_headers');
  const rules = fs.existsSync(headersFile) ? readHeaders(fs.readFileSync(headersFile, 'utf8')) : [];

  const server = http.createServer((request, response) => {
    const answer = (status, headers, body) => {
      response.writeHead(status, { ...headers, 'Content-Length': body.length });
      response.end(request.method === 'HEAD' ? undefined : body);
      onRequest?.({ path: request.url, status, bytes: body.length, body });
    };
    const plain = (status, text) => answer(status, { 'Content-Type': 'text/plain; charset=utf-8' }, Buffer.from(text));
    if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'method not allowed');

    let name;
    try {
      name = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    } catch {
      return plain(400, 'bad address');
    }
    if (!name.startsWith(base)) return plain(404, 'not found');
    name = `/${name.slice(base.length)}`;
    let file = path.join(root, name);
    if (file !== root && !file.startsWith(root + path.sep)) return plain(404, 'not found');
    if (fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) file = path.join(file, 'index.html');
    if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return plain(404, 'not found');

    const headers = { 'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream' };
    for (const rule of rules) if (rule.pattern.test(name)) for (const [key, value] of rule.headers) headers[key] = value;
    if (!cache) headers['Cache-Control'] = 'no-store';
    if (isolated) {
      headers['Cross-Origin-Opener-Policy'] = 'same-origin';
      headers['Cross-Origin-Embedder-Policy'] = 'require-corp';
    }
    answer(200, headers, fs.readFileSync(file));
  });
  await new Promise((ok, no) => server.once('error', no).listen(port, '127.0.0.1', ok));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    url: origin + base,
    close: () => new Promise((ok) => (server.closeAllConnections(), server.close(ok))),
  };
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      root: { type: 'string', default: path.join(ROOT, 'dist') },
      port: { type: 'string', default: '8080' },
      base: { type: 'string', default: '/' },
      isolated: { type: 'boolean', default: false },
      cache: { type: 'boolean', default: false },
    },
  });
  const server = await startServer({ ...values, root: path.resolve(values.root), port: Number(values.port) });
  console.log(`serving ${values.root} on ${server.url}`);
}
