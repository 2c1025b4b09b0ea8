/** References to values, in Flux's shape or Helm Operator's, brought into Flux's. */
import type { ValuesReference } from '../api/environment.ts'
import { TronadorError } from './errors.ts'
import type { ValuesSource } from './model.ts'

/**
 * The reference in Flux's shape. Refuses what reaches outside the environment's namespace (`namespace`: its name):
 * other namespaces, URLs, files of the chart.
 */
export function translateValuesFrom(reference: ValuesReference, namespace: string): ValuesSource {
  if (reference.externalSourceRef) {
    throw new TronadorError(
      'ValuesFromUnsupported',
      'valuesFrom names an externalSourceRef: values from a URL are refused.',
    )
  }
  if (reference.chartFileRef) {
    throw new TronadorError(
      'ValuesFromUnsupported',
      'valuesFrom names a chartFileRef: a values file in the chart is refused.',
    )
  }
  const { secretKeyRef, configMapKeyRef } = reference
  if (secretKeyRef) return fromKey('Secret', secretKeyRef, reference, namespace)
  if (configMapKeyRef) return fromKey('ConfigMap', configMapKeyRef, reference, namespace)
  return fromFlux(reference)
}

function fromFlux(reference: ValuesReference): ValuesSource {
  const { kind, name, valuesKey, targetPath, optional } = reference
  if ((kind !== 'Secret' && kind !== 'ConfigMap') || !name) {
    throw new TronadorError('ValuesFromInvalid', 'An entry of valuesFrom names neither a Secret nor a ConfigMap.')
  }
  return {
    kind,
    name: objectName(name),
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
): ValuesSource {
  if (key.namespace && key.namespace !== namespace) {
    throw new TronadorError(
      'ValuesFromForeignNamespace',
      `valuesFrom names the ${kind} ${key.name} of the namespace ${key.namespace.slice(0, 63)}.`,
    )
  }
  return {
    kind,
    name: objectName(key.name),
    ...(key.key && { valuesKey: key.key }),
    ...(reference.targetPath && { targetPath: reference.targetPath }),
    ...((key.optional ?? reference.optional) && { optional: true }),
  }
}

function objectName(name: string): string {
  if (name.length <= 253 && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(name)) return name
  throw new TronadorError(
    'ValuesFromInvalid',
    `valuesFrom names "${name.slice(0, 80)}", which no object can be called.`,
  )
}
