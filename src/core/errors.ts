/**
 * The catalogue of codes. One code is at once an error's code, a condition's reason, an event's reason and a
 * heading in `docs/errors.md` (generated from here). Each entry says what it means and how it is mended; the
 * message of a single error names the thing concerned.
 */

/** What the loop must do: wait for a person, look again without alarm, back off and retry; `news` asks for nothing. */
export type Effect = 'stalled' | 'waiting' | 'retry' | 'usage' | 'news'

interface CatalogueEntry {
  readonly effect: Effect
  /** What it means, in one or two sentences. */
  readonly meaning: string
  /** What to do about it. */
  readonly mend: string
}

/** Every code there is. Keep it sorted; a test does. */
export const catalogue = {
  ChangeInvalid: {
    effect: 'usage',
    meaning: 'What was said of the pull request (number, branch, commit) or its image is not usable.',
    mend: 'Give a number from 1, a branch name that Git takes, the full hash of the commit, and an image name and tag as a registry knows them.',
  },
  ChangeSuperseded: {
    effect: 'retry',
    meaning: 'The pull request or its file changed while it was being worked on.',
    mend: 'It is worked on again by itself with what is newest.',
  },
  ChartInvalid: {
    effect: 'stalled',
    meaning: 'The chart was found in the repository and cannot be used.',
    mend: 'Mend the chart (`helm lint`, `helm dependency update`) and push; the message has the engine’s own words.',
  },
  ChartNotFound: {
    effect: 'stalled',
    meaning: 'There is no chart at the given path in the commit that the environment is made from.',
    mend: 'Correct `chart_path` in the config file, or add the chart, and push.',
  },
  ChartPathInvalid: {
    effect: 'usage',
    meaning: 'The chart’s path is not a folder inside the repository.',
    mend: 'Give a relative path with forward slashes and without `..`, such as `deploy`.',
  },
  CheckoutUnreadable: {
    effect: 'usage',
    meaning: 'No commit was given, and none can be read from a git checkout that holds the config file.',
    mend: 'Give the commit with `--commit`, or check the repository out with git, at that commit, before.',
  },
  CommitNotFound: {
    effect: 'stalled',
    meaning: 'The commit is not on the code host any more, most often after a force push. What runs stays.',
    mend: 'Nothing, where a newer commit is on its way; otherwise push to the pull request again.',
  },
  ConfigAliasRefused: {
    effect: 'usage',
    meaning: 'The config file uses an anchor, an alias or a merge key. They make small files large and are not read.',
    mend: 'Write the value out where it is used. Text that begins with `&` or `*` goes in quotes.',
  },
  ConfigEncodingInvalid: {
    effect: 'usage',
    meaning: 'The config file is not UTF-8 text.',
    mend: 'Save it as UTF-8.',
  },
  ConfigFirstDesign: {
    effect: 'usage',
    meaning:
      'The config file uses a part of Tronador’s first design, which no longer exists. A warning where it is still read.',
    mend: 'Write it as the message shows; `docs/config-file.md` has the whole form.',
  },
  ConfigKeyDuplicate: {
    effect: 'usage',
    meaning: 'A key stands twice in the same map, so that one of the two values would be lost.',
    mend: 'Keep one of the two.',
  },
  ConfigKeyForbidden: {
    effect: 'usage',
    meaning: 'A key of this name is not allowed, because programs that read it can be led astray by it.',
    mend: 'Rename or shorten it.',
  },
  ConfigKeyIgnored: {
    effect: 'usage',
    meaning: 'A key is accepted for the sake of older files, but means nothing or belongs elsewhere. A warning.',
    mend: 'Remove it, or move it as the message says.',
  },
  ConfigKeyMissing: {
    effect: 'usage',
    meaning: 'A key that every config file must have is absent.',
    mend: 'Add it.',
  },
  ConfigKeyUnknown: {
    effect: 'usage',
    meaning: 'A key is not one that config files have. It is most likely a slip, so it is not passed over.',
    mend: 'Correct it to the key the message names, or remove it.',
  },
  ConfigManyDocuments: {
    effect: 'usage',
    meaning: 'The config file holds more than one YAML document.',
    mend: 'Keep one document to a file.',
  },
  ConfigNumberInexact: {
    effect: 'usage',
    meaning: 'A number has more digits than can be kept, or is no finite number.',
    mend: 'Put it in quotes.',
  },
  ConfigSyntax: {
    effect: 'usage',
    meaning: 'The config file is not sound YAML.',
    mend: 'Correct it at the place named. Text with special characters goes in quotes.',
  },
  ConfigTagRefused: {
    effect: 'usage',
    meaning: 'The config file uses a YAML tag (`!something`). Tags are not read.',
    mend: 'Remove it. Text that begins with `!` goes in quotes.',
  },
  ConfigTooDeep: {
    effect: 'usage',
    meaning: 'The config file is nested more than 20 levels deep.',
    mend: 'Flatten it.',
  },
  ConfigTooLarge: {
    effect: 'usage',
    meaning: 'The config file is larger than 64 KiB, or the environment made of it larger than 256 KiB.',
    mend: 'Keep large values in files of the chart, or in a ConfigMap named under `values_from`.',
  },
  ConfigUnreadable: {
    effect: 'usage',
    meaning: 'The config file cannot be read.',
    mend: 'Check that it exists and may be read. Its usual name is `.tronador.yaml`.',
  },
  ConfigValueAmbiguous: {
    effect: 'usage',
    meaning:
      'A value without quotes is read one way by YAML 1.1 readers and another by YAML 1.2 readers, Tronador among them. A warning.',
    mend: 'Write `true` or `false`, or put it in quotes.',
  },
  ConfigVersionUnknown: {
    effect: 'usage',
    meaning: 'The config file says it is of a version that Tronador does not know.',
    mend: 'Remove the `version` line.',
  },
  ConfigWrongKind: {
    effect: 'usage',
    meaning: 'The file at this path is a Kubernetes object, not a config file.',
    mend: 'Move the object to the GitOps repository and write a config file in its place.',
  },
  ConfigWrongType: {
    effect: 'usage',
    meaning: 'A value is of another type than the key takes.',
    mend: 'Write it as the message shows.',
  },
  EngineHandoverRefused: {
    effect: 'news',
    meaning:
      'The environment shall be run by another engine, and stays with the one it has, because handing the release over would restart its pods.',
    mend: 'To move it all the same, delete the environment’s object and let it be applied again.',
  },
  EngineMissing: {
    effect: 'stalled',
    meaning: 'The cluster serves neither Flux nor Helm Operator, or not the one that the operator was told to use.',
    mend: 'Install the engine (or choose another with `--environment-engine` or `--provisioner-engine`), and restart the operator: it looks once, when it starts.',
  },
  EnvironmentAdopted: {
    effect: 'news',
    meaning:
      'The environment has taken over a namespace that an earlier Tronador made, with the release that runs in it.',
    mend: 'Nothing is to be done.',
  },
  EnvironmentAmbiguous: {
    effect: 'usage',
    meaning: 'There is an Environment and an EnvironmentProvisioner of that name.',
    mend: 'Say which one is meant with `--kind`.',
  },
  EnvironmentInvalid: {
    effect: 'stalled',
    meaning: 'The environment’s object has a field that cannot be used as it stands.',
    mend: 'Correct the field that the message names; `kubectl explain environment.spec` describes each.',
  },
  EnvironmentMissing: {
    effect: 'usage',
    meaning: 'The cluster has no Environment or EnvironmentProvisioner of that name, or it is on its way out.',
    mend: 'Check the name with `kubectl get environments,environmentprovisioners`, and which cluster the kubeconfig names.',
  },
  EnvironmentNameInvalid: {
    effect: 'stalled',
    meaning: 'The environment’s name cannot be the name of its namespace.',
    mend: 'Rename it: at most 63 lower case letters, digits and dashes, beginning and ending with a letter or digit.',
  },
  EnvironmentProgressing: {
    effect: 'waiting',
    meaning: 'The environment is on its way; the message names the stage and what it waits for.',
    mend: 'Wait; a stage that takes unusually long says why in `status.stages`.',
  },
  EnvironmentReady: {
    effect: 'news',
    meaning: 'Everything that was asked for is released and runs.',
    mend: 'Nothing is to be done.',
  },
  EnvironmentRemoving: {
    effect: 'waiting',
    meaning: 'The environment is being removed: first its release, then its source, then its namespace.',
    mend: 'Wait.',
  },
  GitAuthenticationFailed: {
    effect: 'stalled',
    meaning: 'The GitOps repository’s host did not accept the credential, or it may not push.',
    mend: 'Give a valid token with write access, or a deploy key with write access.',
  },
  GitBranchMissing: {
    effect: 'stalled',
    meaning: 'The GitOps repository has no such branch.',
    mend: 'Create the branch with a first commit, or name the branch that Argo CD or Flux follows.',
  },
  GitBranchRefused: {
    effect: 'usage',
    meaning: 'The branch’s name is not one that Git allows.',
    mend: 'Give the branch as `git branch` shows it.',
  },
  GitConflict: {
    effect: 'retry',
    meaning: 'Other writers were faster on the GitOps repository at every attempt.',
    mend: 'Run it again; if it stays so, find what pushes to the branch without pause.',
  },
  GitFailed: {
    effect: 'retry',
    meaning: 'The `git` program failed in a way Tronador has no name for.',
    mend: 'Read what git said above.',
  },
  GitHostUnverified: {
    effect: 'stalled',
    meaning:
      'The GitOps repository’s host could not prove who it is: its TLS certificate or SSH host key is not trusted.',
    mend: 'Add the host’s certificate authority, or its SSH host key to the known hosts.',
  },
  GitInterrupted: {
    effect: 'retry',
    meaning: 'The command was stopped while it worked on the GitOps repository.',
    mend: 'Run it again: where the change has landed already it makes no second commit.',
  },
  GitObjectRefused: {
    effect: 'usage',
    meaning: 'What should be pushed is not one valid object of a kind that Tronador knows.',
    mend: 'Push the output of `tronador render`.',
  },
  GitOpsFileForeign: {
    effect: 'stalled',
    meaning:
      'The file that an environment would be written to holds something else. It is neither changed nor removed.',
    mend: 'Leave the file where it is, because what it describes would be removed with it, and give `spec.gitops.path` a place of its own for this repository. Where it is this pull request’s environment after all, made by the original Tronador, write the repository’s clone URL into it, and it is taken over.',
  },
  GitOpsKindDiffers: {
    effect: 'stalled',
    meaning:
      'The file holds an environment of the original Tronador, of another kind than `spec.kind` of the Repository. Written over, what runs would be torn down and made again.',
    mend: 'Set `spec.kind` to the kind of the file. Once the file has been taken over, another `spec.kind` makes the environment anew.',
  },
  GitPathRefused: {
    effect: 'usage',
    meaning: 'The path is not a plain relative path of a regular file in the GitOps repository.',
    mend: 'Give a path like `team/app/pr-12.yaml`.',
  },
  GitProgramMissing: {
    effect: 'stalled',
    meaning: 'The `git` program was not found.',
    mend: 'Install git 2.32 or newer.',
  },
  GitPushRefused: {
    effect: 'stalled',
    meaning: 'The GitOps repository’s host accepted the credential and refused the commit.',
    mend: 'Read the host’s reason; often the branch is protected: allow Tronador’s account to push to it.',
  },
  GitRepositoryMissing: {
    effect: 'stalled',
    meaning: 'There is no such GitOps repository, or the credential may not see it.',
    mend: 'Check the URL, and that the credential may read the repository.',
  },
  GitTimeout: {
    effect: 'retry',
    meaning: 'The GitOps repository’s host did not finish in time.',
    mend: 'Look whether the host is overloaded or a proxy holds connections; it is tried again.',
  },
  GitUnreachable: {
    effect: 'retry',
    meaning: 'The GitOps repository’s host cannot be reached or answers with a failure of its own.',
    mend: 'Check the host’s name, the network and the host itself; it is tried again.',
  },
  GitUrlRefused: {
    effect: 'usage',
    meaning: 'The GitOps repository’s URL is not one Tronador uses.',
    mend: 'Give `https://host/owner/name.git` or `ssh://git@host/owner/name.git`.',
  },
  ImageReferenceInvalid: {
    effect: 'stalled',
    meaning: 'The image’s name or tag is none that a registry takes.',
    mend: 'Correct `spec.image.name` (`registry.example.com/acme/shop`) or `spec.image.tag`.',
  },
  LabelInvalid: {
    effect: 'stalled',
    meaning: 'A namespace label is not one that Kubernetes takes.',
    mend: 'Use at most 63 letters, digits, dashes, underscores and dots, beginning and ending with a letter or digit.',
  },
  LabelReserved: {
    effect: 'stalled',
    meaning: 'A namespace label has a key that only the cluster or Tronador sets.',
    mend: 'Take the label out of `namespaceLabels`.',
  },
  NameInvalid: {
    effect: 'usage',
    meaning: 'A name is not one that Kubernetes takes for a namespace.',
    mend: 'Use at most 63 lower case letters, digits and dashes, beginning and ending with a letter or digit.',
  },
  NamespaceConflict: {
    effect: 'stalled',
    meaning: 'A namespace of the environment’s name exists and is not this environment’s own.',
    mend: '`tronador adopt NAME` shows what it would mean to take the namespace over, and does it; or delete or rename one of the two.',
  },
  NamespaceCreated: {
    effect: 'news',
    meaning: 'The environment’s namespace was created.',
    mend: 'Nothing is to be done.',
  },
  NamespaceMissing: {
    effect: 'usage',
    meaning: 'There is no namespace of the environment’s name, so that there is nothing to take over.',
    mend: 'Nothing is to be done: the operator makes the namespace when it works on the environment.',
  },
  NamespaceOwned: {
    effect: 'usage',
    meaning: 'The namespace belongs to another object of Tronador’s, which exists.',
    mend: 'Delete that object or rename one of the two; whoever owns a namespace keeps it.',
  },
  NamespaceReserved: {
    effect: 'stalled',
    meaning: 'The environment is named like a namespace of the cluster’s own.',
    mend: 'Rename the environment.',
  },
  NamespaceTakenOver: {
    effect: 'news',
    meaning: 'The environment was restored or made again and has taken over the namespace of its predecessor.',
    mend: 'Nothing is to be done.',
  },
  NamespaceTerminating: {
    effect: 'waiting',
    meaning: 'A namespace of this name is still being deleted; until it is gone nothing can be made in its place.',
    mend: 'Wait. If it never goes, `kubectl get namespace NAME -o yaml` names what holds it.',
  },
  OperatorAtWork: {
    effect: 'usage',
    meaning: 'An operator holds the lease: it would put back what is taken off.',
    mend: 'Stop the operator first, for instance `kubectl -n tronador-system scale deployment tronador-operator --replicas=0`, and wait some seconds.',
  },
  OutputRefused: {
    effect: 'usage',
    meaning:
      'The file that a result should be written to cannot be written, or lies outside the folder that was named.',
    mend: 'Give a path that may be written to, inside the folder given with `--within` where there is one.',
  },
  PipelineRefused: {
    effect: 'stalled',
    meaning: 'The PipelineRun of a pull request’s commit could not be made, read or ended.',
    mend: 'Correct `spec.pipeline` of the Repository, install Tekton, or give the account (of the server, of the task end-runs) its rights in that namespace; docs/guides/tekton.md says how.',
  },
  PipelineRunsGoOn: {
    effect: 'waiting',
    meaning: 'PipelineRuns that were ended were not over, or still had pods, when `tronador end-runs` stopped waiting.',
    mend: 'Look at what it names, and run it again: what goes on may still push to the GitOps repository.',
  },
  PlaceholderMisplaced: {
    effect: 'usage',
    meaning: 'A placeholder stands where a key belongs.',
    mend: 'Use placeholders in values alone.',
  },
  PlaceholderMissing: {
    effect: 'usage',
    meaning: 'No placeholder stands in the config file, so that every preview runs the same image. A warning.',
    mend: 'Put `{{APPLICATION_IMAGE_NAME}}` and `{{APPLICATION_IMAGE_TAG}}` below `value_overrides` where the chart expects the image.',
  },
  PlaceholderUnknown: {
    effect: 'usage',
    meaning: 'A placeholder’s name is unknown.',
    mend: 'Use `{{APPLICATION_IMAGE_NAME}}` and `{{APPLICATION_IMAGE_TAG}}`. Text that shall stay as it is goes in lower case.',
  },
  ReferenceNotFound: {
    effect: 'stalled',
    meaning: 'The branch or tag that the environment follows is not on the code host. What runs stays.',
    mend: 'Push it, or correct the name. An EnvironmentProvisioner’s `chart.ref` names a tag as `refs/tags/NAME` and a commit by its full hash, because Flux takes every other text for a branch; an Environment has `ref.tag` and `ref.commit`.',
  },
  RegistryUnauthorized: {
    effect: 'stalled',
    meaning: 'The image registry does not let us ask for the image.',
    mend: 'Put `username` and `password` of an account that may pull it into the Secret that `spec.image.credentialsRef` names.',
  },
  RegistryUnavailable: {
    effect: 'retry',
    meaning: 'The image registry cannot be reached, or fails.',
    mend: 'It is asked again by itself; check `spec.image.name` and, for a registry without TLS, `spec.image.insecure`.',
  },
  ReleaseDeployed: {
    effect: 'news',
    meaning: 'Helm has deployed the release that was asked for.',
    mend: 'Nothing is to be done.',
  },
  ReleaseFailed: {
    effect: 'stalled',
    meaning: 'Helm could not install or upgrade the release; a template, a hook or the API server refused.',
    mend: 'Mend the chart or its values as the cause above says, and push.',
  },
  ReleaseForbidden: {
    effect: 'stalled',
    meaning: 'The chart makes something that a confined preview may not make.',
    mend: 'Leave it out for previews, let an administrator widen what previews may make, or trust the repository; docs/confinement.md says how.',
  },
  ReleaseNameInvalid: {
    effect: 'stalled',
    meaning: 'A release or source name holds nothing that a legal name could be made from.',
    mend: 'Give a name with letters or digits, or none: the repository’s name is used then.',
  },
  RemovalBlocked: {
    effect: 'waiting',
    meaning: 'Something keeps the environment from being removed; the message names it.',
    mend: 'Remove what holds it, for instance another controller’s finalizer, once it is clear why it is there.',
  },
  RemovalsHeldBack: {
    effect: 'waiting',
    meaning: 'So many pull requests have disappeared from the code host’s list at once that the list is doubted.',
    mend: 'Nothing is removed until the next sweep finds the same; to hurry it, close the pull requests one by one or remove the files by hand.',
  },
  RepositoryInStep: {
    effect: 'waiting',
    meaning: 'Code host and GitOps repository were compared and are in step.',
    mend: 'Nothing is to be done.',
  },
  RepositoryInvalid: {
    effect: 'stalled',
    meaning: 'A field of the `Repository` object cannot be used.',
    mend: 'Correct the field that the message names; docs/server.md says what each one takes.',
  },
  RepositorySecretMissing: {
    effect: 'stalled',
    meaning: 'A Secret that the `Repository` object names does not exist or lacks a key.',
    mend: 'Create the Secret in the same namespace with the keys that docs/server.md lists.',
  },
  RepositoryUnreadable: {
    effect: 'retry',
    meaning: 'Comparing code host and GitOps repository failed for a reason without a code of its own.',
    mend: 'It is tried again by itself; the server’s log says more.',
  },
  RepositoryUrlInvalid: {
    effect: 'usage',
    meaning: 'A repository URL is not one that Tronador can work with.',
    mend: 'Give an https, http or ssh URL with host, owner and name, such as `https://git.example.com/acme/shop.git`, or `git@host:owner/name`.',
  },
  ScmAnswerUnusable: {
    effect: 'retry',
    meaning:
      'The code host answered with something that cannot be trusted: too large, not as documented, or a list cut short.',
    mend: 'Nothing is changed or removed until it answers properly; look at the code host and at what stands between.',
  },
  ScmForbidden: {
    effect: 'stalled',
    meaning: 'The code host’s token is valid but may not do what is needed.',
    mend: 'Give the token the rights to read the repository and its owner’s name, to write comments and to write commit statuses.',
  },
  ScmMoved: {
    effect: 'stalled',
    meaning: 'The code host redirects to another address.',
    mend: 'Put the repository’s new address into `spec.url`; a token is never sent to a host that was not named.',
  },
  ScmNotFound: {
    effect: 'stalled',
    meaning: 'The repository does not exist on the code host, or the token may not see it.',
    mend: 'Correct `spec.url`, or give the token’s user access to the repository.',
  },
  ScmRateLimited: {
    effect: 'retry',
    meaning: 'The code host asks for fewer requests.',
    mend: 'It is asked again later by itself; a higher `spec.resync` makes fewer requests.',
  },
  ScmUnauthorized: {
    effect: 'stalled',
    meaning: 'The code host does not accept the token.',
    mend: 'Put a valid access token into the Secret that `spec.credentialsRef` names, under the key `token`.',
  },
  ScmUnavailable: {
    effect: 'retry',
    meaning: 'The code host cannot be reached, or fails.',
    mend: 'It is asked again by itself; until then nothing is changed or removed.',
  },
  SourceFailed: {
    effect: 'retry',
    meaning: 'The engine cannot fetch the application’s repository.',
    mend: 'Check the URL, the credentials that `secretRef` names and whether the code host answers; it is tried again.',
  },
  TemplateInvalid: {
    effect: 'usage',
    meaning: 'The environment template, or the object made of it, is not one of Tronador’s kinds in every field.',
    mend: 'Correct the place that the message names; `docs/config-file.md` shows a whole template.',
  },
  ValuesFromForeignNamespace: {
    effect: 'stalled',
    meaning: 'Values are asked for from another namespace, whose secrets a preview may not read.',
    mend: 'Take `namespace` out and have the Secret or ConfigMap made in the environment’s namespace.',
  },
  ValuesFromInvalid: {
    effect: 'stalled',
    meaning: 'An entry of `values_from` (of `valuesFrom` in an object) names no Secret or ConfigMap.',
    mend: 'Give `kind` (Secret or ConfigMap) and `name`, or `secretKeyRef` or `configMapKeyRef` with `name` and `key`.',
  },
  ValuesFromUnsupported: {
    effect: 'stalled',
    meaning:
      'Values are asked for from a URL or from a file of the chart, or in a way that the kind of object rendered, or its engine, does not know.',
    mend: 'Put them into `value_overrides` (`values` in an object), or into a Secret or ConfigMap of the environment’s namespace.',
  },
  ValuesMissing: {
    effect: 'waiting',
    meaning: 'A Secret or ConfigMap that the release takes values from does not exist yet or lacks the key.',
    mend: 'Have it made in the environment’s namespace; the release goes on by itself when it is there.',
  },
  WebhookMalformed: {
    effect: 'usage',
    meaning: 'A signed webhook does not hold what the code host documents.',
    mend: 'Check that the webhook’s type and content type (`application/json`) are those of docs/server.md.',
  },
  WorkloadsFailing: {
    effect: 'waiting',
    meaning: 'The release is deployed and some of it cannot run; the message names the object and the reason.',
    mend: 'Mend what the message names (image, configuration, resources) and push; it is watched all the time.',
  },
  WriteRefused: {
    effect: 'stalled',
    meaning: 'The API server refuses something the environment needs: a field, a policy or a missing right.',
    mend: 'Correct the field, the policy or the rights of the operator, as the reason above says.',
  },
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof catalogue

/** Whether this is a code of the catalogue. */
export function isErrorCode(text: string | undefined): text is ErrorCode {
  return text !== undefined && Object.hasOwn(catalogue, text)
}

/** An error a person can act on: a code from the catalogue, the thing, the cause, the mend. */
export class TronadorError extends Error {
  override readonly name = 'TronadorError'
  readonly code: ErrorCode
  /** How to mend this very case; the catalogue's general advice where none is given. */
  readonly mend: string

  constructor(code: ErrorCode, message: string, options: { mend?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.mend = options.mend ?? catalogue[code].mend
  }

  get effect(): Effect {
    return catalogue[this.code].effect
  }
}
