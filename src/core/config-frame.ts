/**
 * The frame of a config file: which keys stand at which level, what older files have elsewhere, and what is no config
 * file at all.
 */
import { firstDesignFaults } from './config-first-design.ts'
import { reportType } from './config-keys.ts'
import { type Diagnostic, type Position, quote, type Report } from './diagnostics.ts'
import { nearest } from './nearest.ts'
import type { MapEntry, MapNode, TreeNode } from './yaml-tree.ts'

const applicationKeys = ['chart_path', 'value_overrides', 'values_from', 'namespaceLabels', 'secret_ref'] as const
const topLevelKeys = ['application', 'namespaceLabels', 'version'] as const

/** The `application` map with its own keys checked, where its key stands, and the labels from wherever they stand. */
export function findApplication(
  root: TreeNode | undefined,
  report: Report,
): { map: MapNode; at: Position; labels: TreeNode | undefined } | undefined {
  const at: Position = root?.at ?? { line: 1, column: 1 }
  if (root === undefined || (root.kind === 'scalar' && root.value === null)) return missingApplication(at, report)
  if (root.kind !== 'map') {
    reportType(at, 'the file is not a map', 'begin it with `application:`', report)
    return undefined
  }
  if (isKubernetesObject(root)) {
    report(wrongKind(root))
    return undefined
  }
  const entries = new Map(root.entries.map((entry) => [entry.key, entry]))
  checkTopLevel(root, report)
  const application = entries.get('application')
  if (application === undefined) {
    return root.entries.some(means('application', topLevelKeys)) ? undefined : missingApplication(at, report)
  }
  if (application.value.kind !== 'map') {
    reportType(
      application.keyAt,
      '`application` is not a map',
      application.value.kind === 'list'
        ? 'take the dashes below it away'
        : 'write its keys below it, indented: `chart_path: deploy`',
      report,
    )
    return undefined
  }
  checkApplication(application.value, report)
  return {
    map: application.value,
    at: application.keyAt,
    labels: findLabels(entries.get('namespaceLabels'), application.value, report),
  }
}

function missingApplication(at: Position, report: Report): undefined {
  report({
    severity: 'error',
    code: 'ConfigKeyMissing',
    ...at,
    message: 'the key `application` is missing',
    mend: 'begin the file with `application:` and put `chart_path` below it',
  })
}

function checkTopLevel(root: MapNode, report: Report): void {
  for (const entry of root.entries) {
    if (firstDesignFaults(entry, report)) continue
    if (entry.key === 'version') checkVersion(entry, report)
    else if ((isOneOf(applicationKeys, entry.key) && entry.key !== 'namespaceLabels') || entry.key === 'secret_name') {
      report({
        severity: 'error',
        code: 'ConfigKeyUnknown',
        ...entry.keyAt,
        message: `\`${entry.key}\` does not belong at the top level`,
        mend: 'indent it below `application`',
      })
    } else if (!isOneOf(topLevelKeys, entry.key)) report(unknownKey(entry, topLevelKeys))
  }
}

function checkApplication(application: MapNode, report: Report): void {
  for (const entry of application.entries) {
    if (firstDesignFaults(entry, report)) continue
    if (isOneOf(applicationKeys, entry.key)) continue
    if (entry.key !== 'secret_name') report(unknownKey(entry, applicationKeys))
    else {
      report({
        severity: 'warning',
        code: 'ConfigKeyIgnored',
        ...entry.keyAt,
        message: '`secret_name` has no effect',
        mend: 'remove it, or name the Git credentials under `secret_ref`',
      })
    }
  }
}

function checkVersion(entry: MapEntry, report: Report): void {
  const version = entry.value.kind === 'scalar' ? entry.value.text : ''
  if (version === 'v1alpha1') {
    report({
      severity: 'warning',
      code: 'ConfigKeyIgnored',
      ...entry.keyAt,
      message: '`version` is not needed',
      mend: 'remove the line',
    })
  } else {
    const at = entry.value.at
    report({
      severity: 'error',
      code: 'ConfigVersionUnknown',
      ...at,
      message: `the version ${quote(version)} is unknown`,
      mend: 'remove the line',
    })
  }
}

/** Older files have the labels at the top level. */
function findLabels(outer: MapEntry | undefined, application: MapNode, report: Report): TreeNode | undefined {
  const inner = application.entries.find(({ key }) => key === 'namespaceLabels')
  if (outer === undefined) return inner?.value
  if (inner !== undefined) {
    report({
      severity: 'error',
      code: 'ConfigKeyDuplicate',
      ...outer.keyAt,
      message: '`namespaceLabels` stands at the top level and below `application`',
      mend: 'keep the one below `application`',
    })
  } else {
    report({
      severity: 'warning',
      code: 'ConfigKeyIgnored',
      ...outer.keyAt,
      message: '`namespaceLabels` at the top level is the older form, still read',
      mend: 'move it below `application`',
    })
  }
  return inner?.value ?? outer.value
}

function isKubernetesObject(root: MapNode): boolean {
  return root.entries.some(({ key }) => key === 'apiVersion') && root.entries.some(({ key }) => key === 'kind')
}

function wrongKind(root: MapNode): Diagnostic {
  const entry = root.entries.find(({ key }) => key === 'kind')
  const kind = entry?.value.kind === 'scalar' ? entry.value.text.slice(0, 80) : 'something'
  return {
    severity: 'error',
    code: 'ConfigWrongKind',
    ...(entry?.keyAt ?? root.at),
    message: `this is a Kubernetes object (${kind}), not a config file`,
    mend: 'write a config file here (`application:` with `chart_path`); the object itself belongs in the GitOps repository',
  }
}

function unknownKey(entry: MapEntry, known: readonly string[]): Diagnostic {
  const near = nearest(entry.key, known)
  const values = known === applicationKeys ? '; what is the chart’s belongs below `value_overrides`' : ''
  const mend = near === undefined ? `use one of ${known.join(', ')}${values}` : `write \`${near}\``
  return {
    severity: 'error',
    code: 'ConfigKeyUnknown',
    ...entry.keyAt,
    message: `the key ${quote(entry.key)} is unknown`,
    mend,
  }
}

/** Whether an entry is a mistyped `key` of `application`, and reported as such. */
export function meansKey(key: (typeof applicationKeys)[number]): (entry: MapEntry) => boolean {
  return means(key, applicationKeys)
}

function means(key: string, known: readonly string[]): (entry: MapEntry) => boolean {
  return (entry) => !known.includes(entry.key) && nearest(entry.key, known) === key
}

function isOneOf<T extends string>(known: readonly T[], key: string): key is T {
  return known.some((candidate) => candidate === key)
}
