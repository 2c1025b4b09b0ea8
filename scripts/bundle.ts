/** What the published form is made with: one bundle with everything in it, for whoever writes or weighs it. */
import { join } from 'node:path'
import type { BuildOptions } from 'esbuild'

const root = join(import.meta.dirname, '..')

/** Commands stay lazy inside: only the code of the one that runs is evaluated. */
export const bundleOptions = {
  entryPoints: [join(root, 'src/main.ts')],
  outfile: join(root, 'dist/tronador.js'),
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
} as const satisfies BuildOptions
