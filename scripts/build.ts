/** Builds the published form: one bundle, `dist/tronador.js`, with everything in it. */
import { chmodSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { build } from 'esbuild'
import { bundleOptions } from './bundle.ts'

const { outfile } = bundleOptions

rmSync(dirname(outfile), { recursive: true, force: true })
await build(bundleOptions)
chmodSync(outfile, 0o755)
console.log(`dist/tronador.js: ${Math.round(statSync(outfile).size / 1024)} KiB`)
