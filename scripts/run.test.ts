import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

test('npm run tronador takes relative paths from the folder it is typed in', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'typed-')))
  try {
    writeFileSync(
      join(folder, 'x.yaml'),
      'application:\n  chart_path: deploy\n  value_overrides:\n    tag: {{APPLICATION_IMAGE_TAG}}\n',
    )

    const argv = ['--prefix', root, 'run', '--silent', 'tronador', '--', 'lint', './x.yaml', './y.yaml']
    const { status, stdout, stderr } = spawnSync('npm', argv, { cwd: folder, encoding: 'utf8' })

    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: './x.yaml is sound.\n',
      stderr:
        `tronador: ConfigUnreadable: ${folder}/y.yaml cannot be read: there is no such file. ` +
        'Check that it exists and may be read. Its usual name is `.tronador.yaml`.\n1 of 2 files are sound.\n',
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
