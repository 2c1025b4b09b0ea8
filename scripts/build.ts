/**
 * Builds the published form: one bundle, `dist/tronador.js`, with everything in it. Commands stay lazy inside: only the
 * code of the one that runs is evaluated.
 */
import { chmodSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const outfile = join(root, 'dist/tronador.js')

rmSync(join(root, 'dist'), { recursive: true, force: true })
await build({
  entryPoints: [join(root, 'src/main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node22.19',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'eof',
  // CommonJS packages ask for Node's own modules by `require`, which an ES module does not have.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
chmodSync(outfile, 0o755)
console.log(`dist/tronador.js: ${Math.round(statSync(outfile).size / 1024)} KiB`)
