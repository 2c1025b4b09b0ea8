/**
 * What Tronador's image is made of, without Docker: the same tree as the `Dockerfile` gives, from this machine's Node,
 * git and ssh. Equal inputs give equal layers, and so the same digest. Three layers, the one that changes most on top.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import type { ImageConfig } from '../local/node/images.ts'
import { type LayerEntry, readLayer } from '../local/node/tar.ts'
import { bundleOptions } from './bundle.ts'

const root = join(import.meta.dirname, '..')
const certificates = '/etc/ssl/certs/ca-certificates.crt'
/** User and group of the image, as in the Dockerfile. Ssh refuses to work for a user that has no name. */
const accounts = {
  'etc/passwd':
    'root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n',
  'etc/group': 'root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n',
  'etc/nsswitch.conf': 'hosts: files dns\n',
}

/** What an image is packed from: its layers, the lowest first, and what it runs. */
export interface ImageParts {
  readonly layers: readonly (readonly LayerEntry[])[]
  readonly config: ImageConfig
}

/** Collects them. Throws where this machine lacks git, ssh or certificates, or lays its libraries out otherwise. */
export async function collectImage(): Promise<ImageParts> {
  const layers = [nodeLayer(), programsLayer(), await applicationLayer()]
  return { layers: layers.map(normalize), config: readConfig(readFileSync(join(root, 'Dockerfile'), 'utf8')) }
}

/** What the last stage of a Dockerfile says of the containers of its image. */
export function readConfig(dockerfile: string): ImageConfig {
  const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
  const argumentOf = (instruction: string): string => {
    const found = new RegExp(`^${instruction} (.+)$`, 'm').exec(lastStage)?.[1]
    if (found === undefined) throw new Error(`The Dockerfile’s last stage has no ${instruction}.`)
    return found
  }
  return {
    Entrypoint: JSON.parse(argumentOf('ENTRYPOINT')) as string[],
    Env: argumentOf('ENV').split(' '),
    User: argumentOf('USER'),
    WorkingDir: argumentOf('WORKDIR'),
    ExposedPorts: { '8080/tcp': {}, '8081/tcp': {} },
  }
}

/** Node with the C library, certificates and accounts: what the Dockerfile takes from its base image. */
function nodeLayer(): LayerEntry[] {
  const node = join(root, 'node_modules/node/bin/node')
  const text = (path: string, content: string): LayerEntry => ({ kind: 'file', path, content })
  return [
    { kind: 'symlink', path: 'lib', target: 'usr/lib' },
    { kind: 'symlink', path: 'lib64', target: 'usr/lib64' },
    { kind: 'directory', path: 'tmp', mode: 0o1777 },
    ...Object.entries(accounts).map(([path, content]) => text(path, content)),
    text(certificates.slice(1), readFileSync(certificates, 'utf8')),
    ...withWholeCLibrary(libraryPaths(run('ldd', [node]))).map((path) => program(path, inUsr(path))),
    program(node, 'nodejs/bin/node'),
  ]
}

/** The libraries in what `ldd` prints, and the loader. Fails for a loader that would not find them in the image. */
export function libraryPaths(listing: string): string[] {
  const paths = [...listing.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map(([, path = '']) => path)
  const foreign = paths.filter((path) => !/^(?:\/usr)?\/lib(?:64)?\/(?:[a-z0-9_]+-linux-gnu\/)?[^/]+$/.test(path))
  if (paths.length > 0 && foreign.length === 0) return paths.sort()
  throw new Error(`The image is made on Debian or its kin; here Node loads ${foreign.join(', ') || 'no library'}.`)
}

/** Node does not load all of the C library; what lies in the layer above counts on the rest. */
function withWholeCLibrary(paths: readonly string[]): string[] {
  const folders = paths.filter((path) => path.endsWith('/libc.so.6')).map((path) => dirname(path))
  const rest = folders.flatMap((folder) => ['libresolv.so.2', 'librt.so.1'].map((name) => join(folder, name)))
  return [...new Set([...paths, ...rest])].sort()
}

/** Git, its https helper and ssh, with the libraries they load. */
function programsLayer(): LayerEntry[] {
  const folder = mkdtempSync(join(tmpdir(), 'tronador-image-'))
  try {
    run('sh', [join(root, 'scripts/collect-programs.sh'), folder])
    return readLayer(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function applicationLayer(): Promise<LayerEntry[]> {
  const { outputFiles } = await build({ ...bundleOptions, write: false })
  const [bundle] = outputFiles
  if (bundle === undefined) throw new Error('The bundler made no file.')
  return [
    { kind: 'file', path: 'app/tronador.js', content: Buffer.from(bundle.contents), mode: 0o755 },
    { kind: 'file', path: 'app/LICENSE', content: readFileSync(join(root, 'LICENSE')) },
  ]
}

function program(from: string, path: string): LayerEntry {
  return { kind: 'file', path, mode: 0o755, content: readFileSync(realpathSync(from)) }
}

/** `/lib` and `/lib64` are links into `/usr` there, whatever they are here. */
function inUsr(path: string): string {
  return path.startsWith('/usr/') ? path.slice(1) : `usr${path}`
}

/** Modes that do not depend on the umask of whoever builds. */
function normalize(entries: readonly LayerEntry[]): LayerEntry[] {
  return entries.map((entry) => {
    if (entry.kind === 'file') return { ...entry, mode: ((entry.mode ?? 0) & 0o111) === 0 ? 0o644 : 0o755 }
    return entry.kind === 'directory' && entry.path !== 'tmp' ? { ...entry, mode: 0o755 } : entry
  })
}

function run(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
