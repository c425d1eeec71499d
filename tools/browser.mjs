// The system's Chromium, as every tool and test here starts it.
import fs from 'node:fs';

/** `CHROMIUM`, or the usual places. */
export const executablePath =
  process.env.CHROMIUM || ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => fs.existsSync(file));

/** Quiet, without the sandbox that containers lack, and with a WebGPU adapter in software unless `GPU=hardware`. */
export const args = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  ...(process.env.GPU === 'hardware' ? [] : ['--use-webgpu-adapter=swiftshader']),
];

/** What Playwright's `launch` takes. */
export const launchOptions = { executablePath, args, headless: true };
