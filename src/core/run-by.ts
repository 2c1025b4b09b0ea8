/** What a wish comes to with the engine that carries it out. */
import type { EngineName } from './engine-choice.ts'
import { TronadorError } from './errors.ts'
import type { DesiredEnvironment, Profile } from './model.ts'

/**
 * The wish as this engine carries it out. Helm Operator acts with its own rights, whoever asks: where it is the engine
 * nothing confines a preview, and limits in its namespace would only look as if. Throws where it cannot be carried out.
 */
export function runBy<T extends Pick<DesiredEnvironment, 'repositoryProfile' | 'source' | 'release' | 'suspended'>>(
  engine: EngineName,
  desired: T,
) {
  if (engine === 'helm-operator') checkHelmOperatorTakes(desired)
  const profile: Profile = engine === 'helm-operator' ? 'trusted' : desired.repositoryProfile
  return { ...desired, engine, profile }
}

/** What it has no word for would be left out in silence. */
function checkHelmOperatorTakes({
  source: { ref },
  release: { valuesFrom },
  suspended,
}: Pick<DesiredEnvironment, 'source' | 'release' | 'suspended'>): void {
  const orFlux = 'or let Flux run this kind (`--environment-engine`, `--provisioner-engine`).'
  if (ref.commit === undefined && ref.semver !== undefined) {
    const message = `The field gitRepository.ref.semver is "${ref.semver.slice(0, 80)}"; Helm Operator follows no range of versions.`
    throw new TronadorError('EnvironmentInvalid', message, { mend: `Give a commit, a tag or a branch, ${orFlux}` })
  }
  if (ref.commit === undefined && suspended) {
    const message = 'The field suspend is true; Helm Operator follows a branch or tag all the same.'
    throw new TronadorError('EnvironmentInvalid', message, { mend: `Give the commit to stay at, ${orFlux}` })
  }
  const targeted = valuesFrom.find(({ targetPath }) => targetPath !== undefined)
  if (targeted !== undefined) {
    const message = `\`valuesFrom\` names a \`targetPath\` for ${targeted.kind} ${targeted.name}; Helm Operator knows none.`
    const mend = `Keep a whole values file under that key, ${orFlux}`
    throw new TronadorError('ValuesFromUnsupported', message, { mend })
  }
}
