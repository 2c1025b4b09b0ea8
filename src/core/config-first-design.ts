/** Keys of Tronador's first design, found in old repositories: named, with what replaced them. */
import { quote, type Report } from './diagnostics.ts'
import type { MapEntry } from './yaml-tree.ts'

/**
 * Reports an entry that only the first design had. True when the entry is thereby dealt with. `target_branches` is
 * a warning, since nothing is lost that the file could still say; the others would change what runs.
 */
export function firstDesignFaults(entry: MapEntry, report: Report): boolean {
  const { key, keyAt, value } = entry
  if (key === 'target_branches') {
    report({
      severity: 'warning',
      code: 'ConfigKeyIgnored',
      ...keyAt,
      message: '`target_branches` has no effect: which pull requests get previews is set on the server',
      mend: 'remove it',
    })
    return true
  }
  if (key === 'dependencies') {
    report({
      severity: 'error',
      code: 'ConfigFirstDesign',
      ...keyAt,
      message: '`dependencies` is of the first design and would not be installed',
      mend: 'list them under `dependencies` in the chart’s Chart.yaml, and remove the key here',
    })
    return true
  }
  if (key === 'value_overrides' && value.kind === 'list') {
    const first = value.items[0]
    report({
      severity: 'error',
      code: 'ConfigFirstDesign',
      ...(first?.at ?? value.at),
      message: '`value_overrides` as a list of `path=value` is of the first design',
      mend: `write a nested map: ${first?.kind === 'scalar' ? nested(first.template) : 'image: { tag: "…" }'}`,
    })
    return true
  }
  return false
}

/** `a.b=c` as the nested map it means: `a: { b: "c" }`. */
function nested(assignment: string): string {
  const equals = assignment.indexOf('=')
  if (equals === -1) return 'image: { tag: "…" }'
  const path = assignment.slice(0, equals).slice(0, 80).split('.')
  return path.reduceRight(
    (inner, name, i) => (i === path.length - 1 ? `${name}: ${inner}` : `${name}: { ${inner} }`),
    written(assignment.slice(equals + 1)),
  )
}

function written(value: string): string {
  return value.startsWith('{{') ? value : quote(value)
}
