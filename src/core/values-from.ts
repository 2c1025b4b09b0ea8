/** References to values, in Flux's shape or Helm Operator's, brought into Flux's. */
import type { ValuesReference } from '../api/environment.ts'
import { TronadorError } from './errors.ts'
import type { ValuesSource } from './model.ts'
import { isDnsSubdomain } from './names.ts'

/** How a Secret or ConfigMap may be called. */
export const objectNameRule =
  'Use at most 253 lower case letters, digits, dashes and dots, beginning and ending with a letter or digit.'

/** What the person who wrote a reference calls the keys concerned. */
export interface ValuesWords {
  /** The list of references. */
  readonly list: string
  /** The key that holds values themselves. */
  readonly values: string
}

/** The words of the config file. */
export const configFileWords: ValuesWords = { list: 'values_from', values: 'value_overrides' }

/** The words of an environment's object. */
export const objectWords: ValuesWords = { list: 'valuesFrom', values: 'values' }

/**
 * The reference in Flux's shape. Refuses what reaches outside the environment's namespace (`namespace`: its name):
 * other namespaces, URLs, files of the chart.
 */
export function translateValuesFrom(reference: ValuesReference, namespace: string, words: ValuesWords): ValuesSource {
  if (reference.externalSourceRef) throw unsupported('an externalSourceRef: values from a URL are refused', words)
  if (reference.chartFileRef) throw unsupported('a chartFileRef: a values file in the chart is refused', words)
  const { secretKeyRef, configMapKeyRef } = reference
  if (secretKeyRef) return fromKey('Secret', secretKeyRef, reference, namespace, words)
  if (configMapKeyRef) return fromKey('ConfigMap', configMapKeyRef, reference, namespace, words)
  return fromFlux(reference, words)
}

function unsupported(what: string, { list, values }: ValuesWords): TronadorError {
  return new TronadorError('ValuesFromUnsupported', `\`${list}\` names ${what}.`, {
    mend: `Put them into \`${values}\`, or into a Secret or ConfigMap of the environment’s namespace.`,
  })
}

function fromFlux(reference: ValuesReference, words: ValuesWords): ValuesSource {
  const { kind, name, valuesKey, targetPath, optional } = reference
  if ((kind !== 'Secret' && kind !== 'ConfigMap') || !name) {
    throw new TronadorError(
      'ValuesFromInvalid',
      `An entry of \`${words.list}\` names neither a Secret nor a ConfigMap.`,
    )
  }
  return {
    kind,
    name: objectName(name, words),
    ...(valuesKey && { valuesKey }),
    ...(targetPath && { targetPath }),
    ...(optional && { optional }),
  }
}

function fromKey(
  kind: ValuesSource['kind'],
  key: NonNullable<ValuesReference['secretKeyRef']>,
  reference: ValuesReference,
  namespace: string,
  words: ValuesWords,
): ValuesSource {
  if (key.namespace && key.namespace !== namespace) {
    throw new TronadorError(
      'ValuesFromForeignNamespace',
      `\`${words.list}\` names the ${kind} ${key.name} of the namespace ${key.namespace.slice(0, 63)}.`,
    )
  }
  return {
    kind,
    name: objectName(key.name, words),
    ...(key.key && { valuesKey: key.key }),
    ...(reference.targetPath && { targetPath: reference.targetPath }),
    ...((key.optional ?? reference.optional) && { optional: true }),
  }
}

function objectName(name: string, { list }: ValuesWords): string {
  if (isDnsSubdomain(name)) return name
  throw new TronadorError(
    'ValuesFromInvalid',
    `\`${list}\` names "${name.slice(0, 80)}", which no object can be called.`,
    {
      mend: objectNameRule,
    },
  )
}
