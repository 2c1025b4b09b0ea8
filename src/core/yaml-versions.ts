/**
 * Where YAML 1.1 and YAML 1.2 disagree. Tronador reads 1.2; Helm, kubectl and much of what stands around them read
 * something close to 1.1. `enabled: no` is text for the one and false for the other.
 */
import type { Diagnostic } from './diagnostics.ts'
import type { TreeNode } from './yaml-tree.ts'

const booleans11 = /^(?:y|n|yes|no|on|off)$/i
const numbers11 =
  /^[-+]?(?:0b[01_]+|0x[\da-f]*_[\da-f_]*|\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?|\d[\d.]*_[\d_.]*(?:e[-+]?\d+)?|0\d+)$/i
const signedHexadecimals11 = /^[-+]0x[\da-f_]+$/i
const timestamps11 = /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt\s].*)?$/
/** Octal in 1.2, text in 1.1. */
const octals12 = /^[-+]?0o[0-7]+$/

/** Whether readers of the two versions take this unquoted text for different things. */
export function isAmbiguous(text: string): boolean {
  return [booleans11, numbers11, signedHexadecimals11, timestamps11, octals12].some((pattern) => pattern.test(text))
}

/** A warning for each unquoted value below a node that other readers take for something else. */
export function* ambiguousScalars(node: TreeNode | undefined): Generator<Diagnostic> {
  if (node?.kind === 'list') for (const item of node.items) yield* ambiguousScalars(item)
  if (node?.kind === 'map') for (const { value } of node.entries) yield* ambiguousScalars(value)
  if (node?.kind !== 'scalar' || !node.bare || !isAmbiguous(node.text)) return
  const read = typeof node.value === 'string' ? 'text' : `the number ${node.value}`
  const mend = booleans11.test(node.text)
    ? `write ${/^(?:y|yes|on)$/i.test(node.text) ? 'true' : 'false'}, or put it in quotes`
    : `put it in quotes: "${node.text}"`
  yield {
    severity: 'warning',
    code: 'ConfigValueAmbiguous',
    ...node.at,
    message: `${node.text} is read as ${read} here, and as something else by YAML 1.1`,
    mend,
  }
}
