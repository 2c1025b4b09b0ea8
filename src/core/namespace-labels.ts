/** Which labels a preview may put on its namespace, and which labels its namespace has in the end. */
import { appliedLabelsAnnotation, environmentLabel, managedByLabel, managedByValue } from '../api/labels.ts'
import { TronadorError } from './errors.ts'
import type { DesiredEnvironment } from './model.ts'

const labelName = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/
const labelPrefix = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/
const labelValue = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/
const reservedDomains = ['kubernetes.io', 'k8s.io', 'tronador.stakater.com']

/**
 * The pod-security level of confined previews. The version is pinned, so that an upgrade of the cluster does not
 * change what a preview may do; restored whenever it drifts.
 */
const podSecurityLabels = {
  'pod-security.kubernetes.io/enforce': 'baseline',
  'pod-security.kubernetes.io/enforce-version': 'v1.31',
}

/** The labels as they are, or `LabelReserved` or `LabelInvalid` for the first that may not stand on a namespace. */
export function checkNamespaceLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [key, value] of Object.entries(labels)) {
    if (!isLabelKey(key)) throw new TronadorError('LabelInvalid', `"${key.slice(0, 80)}" is no key of a label.`)
    if (!labelValue.test(value)) {
      throw new TronadorError('LabelInvalid', `The label ${key} cannot have the value "${value.slice(0, 80)}".`)
    }
    if (isReservedLabel(key)) {
      throw new TronadorError('LabelReserved', `The label ${key} is the cluster’s or Tronador’s, not a preview’s.`)
    }
  }
  return labels
}

function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/')
  const prefix = slash === -1 ? undefined : key.slice(0, slash)
  const prefixIsLegal = prefix === undefined || (prefix.length <= 253 && labelPrefix.test(prefix))
  return prefixIsLegal && labelName.test(key.slice(slash + 1))
}

/** Whether only the cluster or Tronador sets labels of this key. */
export function isReservedLabel(key: string): boolean {
  if (!key.includes('/')) return false
  const domain = key.slice(0, key.indexOf('/'))
  return reservedDomains.some((reserved) => domain === reserved || domain.endsWith(`.${reserved}`))
}

/** Every label the environment's namespace shall have: the preview's, the profile's, Tronador's own. */
export function wantedNamespaceLabels(desired: DesiredEnvironment): Record<string, string> {
  return {
    ...desired.namespaceLabels,
    ...(desired.profile === 'confined' ? podSecurityLabels : {}),
    [managedByLabel]: managedByValue,
    [environmentLabel]: desired.owner.name,
  }
}

/** The keys that this environment has put on its namespace, as its annotation remembers them. */
export function rememberedLabelKeys(annotations: Readonly<Record<string, string>> | undefined): string[] {
  return (annotations?.[appliedLabelsAnnotation] ?? '').split(',').filter((key) => key !== '')
}

/** The keys as the annotation remembers them: sorted, comma-separated. */
export function labelKeysToRemember(labels: Readonly<Record<string, string>>): string {
  return Object.keys(labels).sort().join(',')
}
