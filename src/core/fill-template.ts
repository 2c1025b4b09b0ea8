/** Templates of the `Repository` kind: `{owner}/{repository}/pr-{number}.yaml`. Pure. */
import { TronadorError } from './errors.ts'

/**
 * Fills `{name}` in. Throws `RepositoryInvalid` naming the template's field and the unknown name; braces that stand
 * for nothing are an error too, so that a slip never becomes part of a path.
 */
export function fillTemplate(field: string, template: string, values: Readonly<Record<string, string>>): string {
  const filled = template.replace(/\{([A-Za-z]+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) throw unknown(field, `{${name}}`, values)
    return value
  })
  if (/[{}]/.test(template.replace(/\{[A-Za-z]+\}/g, ''))) throw unknown(field, 'a lone brace', values)
  return filled
}

function unknown(field: string, what: string, values: Readonly<Record<string, string>>): TronadorError {
  const known = Object.keys(values)
    .map((name) => `{${name}}`)
    .join(', ')
  return new TronadorError('RepositoryInvalid', `The field ${field} holds ${what}.`, { mend: `Use ${known} alone.` })
}
