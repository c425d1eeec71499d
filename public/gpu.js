// The way from the worker to the GPU's module, which is loaded when training on the GPU is first tried.

/** What a GPU calls itself; browsers may say parts only. */
const nameOf = ({ description, device, architecture, vendor }) => description || device || [vendor, architecture].filter(Boolean).join(' ') || 'GPU';

/**
 * Opens the fastest GPU. Where it is a program on the CPU and `software` does not allow that, nothing is loaded, and its name is the answer.
 * Rejects with the reason where there is none.
 */
export async function open(software) {
  if (!navigator.gpu) throw new Error('this browser does not offer WebGPU');
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('this browser offers WebGPU, but no GPU that it can use');
  const name = nameOf(adapter.info);
  if (!software && (adapter.info.isFallbackAdapter || /swiftshader|llvmpipe|basic render/i.test(name))) return name;
  const { default: init, GpuEngine } = await import('./gpu-engine.js');
  await init();
  return GpuEngine.open(name);
}
