/** Kubernetes' selector syntax, read and matched. Only the memory fake needs it: a real server selects by itself. */
import type { KubeObject, Selection } from './cluster.ts'

/** Whether an object is one of those selected. */
export function isSelected(object: KubeObject, { namespace, labelSelector, fieldSelector }: Selection): boolean {
  return (
    (namespace === undefined || object.metadata.namespace === namespace) &&
    matchesLabels(object.metadata.labels ?? {}, labelSelector ?? '') &&
    matchesFields(object, fieldSelector ?? '')
  )
}

function matchesLabels(labels: Readonly<Record<string, string>>, selector: string): boolean {
  return splitTerms(selector).every((term) => matchesLabelTerm(labels, term))
}

/** One term: `a`, `!a`, `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`. An absent label is not among any. */
function matchesLabelTerm(labels: Readonly<Record<string, string>>, term: string): boolean {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(term)
  if (set !== null) {
    const [, key = '', operator, list = ''] = set
    const isAmong = labels[key] !== undefined && list.split(',').some((value) => value.trim() === labels[key])
    return operator === 'in' ? isAmong : !isAmong
  }
  const equality = /^([^\s=!]+)\s*(!=|==|=)\s*(\S*)$/.exec(term)
  if (equality !== null) {
    const [, key = '', operator, value] = equality
    return (operator === '!=') !== (labels[key] === value)
  }
  return term.startsWith('!') ? labels[term.slice(1).trim()] === undefined : labels[term] !== undefined
}

function matchesFields(object: KubeObject, selector: string): boolean {
  return splitTerms(selector).every((term) => {
    const [, path = '', operator, value = ''] = /^([^\s=!]+)(!=|==|=)(.*)$/.exec(term) ?? []
    return (operator === '!=') !== (String(valueAt(object, path) ?? '') === value)
  })
}

function valueAt(object: object, path: string): unknown {
  let value: unknown = object
  for (const key of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[key]
  return value
}

/** Splits at commas that stand outside parentheses. */
function splitTerms(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '')
}
