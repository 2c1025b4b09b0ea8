/** From a pull request and its config file to the text that goes into the GitOps repository, or the file's faults. */
import { formatDiagnostic } from '../core/diagnostics.ts'
import type { InnerNames } from '../core/inner-names.ts'
import { environmentYaml, renderEnvironment } from '../core/render.ts'
import type { RepositorySettings } from '../core/repository-settings.ts'
import type { ImageReference } from '../images/images.ts'
import type { PullRequest } from '../scm/scm.ts'

/** What an environment is rendered from. */
export interface ChangeToRender {
  readonly settings: RepositorySettings
  readonly pull: PullRequest
  readonly image: ImageReference
  /** The environment's name. */
  readonly name: string
  /** What is called how in it; undefined where it is new. */
  readonly inner: InnerNames | undefined
  /** The config file's text. */
  readonly config: string
}

/** The file's text, or what is wrong with the config file, one line each. */
export type Rendered =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly faults: readonly string[] }

/** Renders. The repository's URL is the settings' own; the pull request gives branch, commit and number alone. */
export function renderChange({ settings, pull, image, name, inner, config }: ChangeToRender): Rendered {
  const { environment, diagnostics } = renderEnvironment(settings.spec.kind, {
    configText: config,
    image,
    name,
    ...(inner !== undefined && { inner }),
    change: {
      provider: settings.spec.provider,
      repositoryUrl: settings.cloneUrl,
      number: pull.number,
      branch: pull.source.branch,
      commit: pull.source.commit,
      url: pull.url,
    },
  })
  if (environment !== undefined) return { ok: true, text: environmentYaml(environment) }
  return { ok: false, faults: diagnostics.map((diagnostic) => formatDiagnostic(settings.spec.configFile, diagnostic)) }
}
