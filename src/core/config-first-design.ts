/** Keys of Tronador's first design, found in old repositories: named, with what replaced them. */
import type { Position, Report } from './diagnostics.ts'
import type { MapEntry, TreeNode } from './yaml-tree.ts'

/**
 * Reports an entry that only the first design had. True when the entry is thereby dealt with. `target_branches` is
 * a warning, since nothing is lost that the file could still say; `dependencies` would change what runs.
 */
export function firstDesignFaults({ key, keyAt, value }: MapEntry, report: Report): boolean {
  if (key === 'target_branches') {
    ignored(keyAt, '`target_branches` has no effect: which pull requests get previews is set on the server', report)
    return true
  }
  if (key === 'dependencies') {
    const items = value.kind === 'list' ? value.items : [value]
    if (items.length === 0 || (value.kind === 'scalar' && value.value === null)) {
      ignored(keyAt, '`dependencies` is of the first design, and names none', report)
    } else for (const item of items) refuseDependency(item, report)
    return true
  }
  return false
}

function ignored(at: Position, message: string, report: Report): void {
  report({ severity: 'warning', code: 'ConfigKeyIgnored', ...at, message, mend: 'remove it' })
}

function refuseDependency(item: TreeNode, report: Report): void {
  report({
    severity: 'error',
    code: 'ConfigFirstDesign',
    ...item.at,
    message: 'a dependency of the first design would not be installed',
    mend: 'list its chart under `dependencies` in the Chart.yaml of your own chart, and remove it here',
  })
}
