/** `tronador render`: a config file and a pull request's commit to the object for the GitOps repository. */
import { type Command, Option } from 'commander'
import { type EnvironmentKind, type EnvironmentObject, environmentKinds } from '../api/environment-kind.ts'
import {
  checkBranch,
  checkCommit,
  checkImageName,
  checkImageTag,
  checkProvider,
  checkPullRequestNumber,
  checkPullRequestUrl,
} from '../core/change.ts'
import { type Diagnostic, hasErrors } from '../core/diagnostics.ts'
import { TronadorError } from '../core/errors.ts'
import { repositoryIdentity } from '../core/identity.ts'
import { checkName } from '../core/names.ts'
import type { Rendering } from '../core/render.ts'
import { ifAny, refuser } from './checked-arguments.ts'
import { type CliIo, forPipelines } from './io.ts'
import { writeOutput } from './output-file.ts'

const help = `
The object goes to standard output, and nothing else does. Where anything is wrong nothing is printed there; the
faults go to standard error, as 'tronador lint' prints them.

The name is made from the repository's host, owner and name and the pull request's number alone, so it is the same
for every commit. No network is used: the commit and the image are taken as given. Without --commit, or with an empty
one, the commit is the one checked out where the config file lies, read from its .git folder without running git.

With --provider and --pull-request-url the object is, byte by byte, the one that 'tronador server' makes of this change:
where both write the GitOps repository, each change is one commit. An empty text counts as not given.

With --output-file the object goes to that file and nowhere else, whole or not at all; folders above it are made.
With --template a YAML file shapes the object, in which $ENVIRONMENT_NAME, \${NAMESPACE_LABELS}, \${GIT_BRANCH},
\${GIT_URL}, \${CHART_PATH}, \${VALUES_FROM} and \${VALUES_OVERRIDE} stand for what the object is made of. The kind is the
template's then. A file that is not there is no fault: the usual object is rendered, and standard error says so.

--within is for checkouts of pull requests: a config or output file that leads out of that folder, symbolic links
followed, is refused, so that no link can make a secret part of a message or have another volume written to.

Examples:
  $ tronador render --config .tronador.yaml \\
      --repository-url https://git.example.com/acme/shop --pull-request 7 \\
      --branch feature/login --commit "$(git rev-parse HEAD)" \\
      --image-name registry.example.com/acme/shop --image-tag "$(git rev-parse HEAD)" > environment.yaml
  $ tronador render … --within . --output-file environment/environment.yaml
  $ tronador render … | tronador push --gitops-url … --branch main --path acme/shop/pr-7.yaml --file -
`

interface Options {
  readonly config: string
  readonly repositoryUrl: string
  readonly pullRequest: number
  readonly branch: string
  readonly commit?: string
  readonly provider?: string
  readonly pullRequestUrl?: string
  readonly imageName: string
  readonly imageTag: string
  readonly kind: EnvironmentKind
  readonly name?: string
  readonly output: 'yaml' | 'json'
  readonly outputFile?: string
  readonly template?: string
  readonly within?: string
}

/** Adds the command. */
export function register(program: Command, io: CliIo): void {
  const command = program.command('render').helpGroup(forPipelines)
  const checked = refuser(command)
  command
    .summary('print the object of a pull request’s environment')
    .description('Prints the object that a pull request’s environment is made from.')
    .option('--config <file>', 'the config file at the pull request’s commit; - for standard input', '.tronador.yaml')
    .requiredOption(
      '--repository-url <url>',
      'the application’s repository: https, http, ssh or git@host:owner/name',
      checked(checkRepositoryUrl),
    )
    .requiredOption('--pull-request <number>', 'the pull request’s number', checked(checkPullRequestNumber))
    .requiredOption('--branch <name>', 'the pull request’s source branch', checked(checkBranch))
    .option(
      '--commit <sha>',
      'the full hash of its newest commit (default: what is checked out)',
      checked(ifAny(checkCommit)),
    )
    .option('--provider <kind>', 'the code host’s kind: github, gitlab, gitea', checked(ifAny(checkProvider)))
    .option('--pull-request-url <url>', 'the pull request’s page', checked(ifAny(checkPullRequestUrl)))
    .requiredOption('--image-name <name>', 'the image built from that commit, without tag', checked(checkImageName))
    .requiredOption('--image-tag <tag>', 'the image’s tag', checked(checkImageTag))
    .addOption(
      new Option('--kind <kind>', 'what to render; EnvironmentProvisioner is the original kind')
        .choices([...environmentKinds])
        .default(environmentKinds[0]),
    )
    .option('--template <file>', 'the template that shapes the object, where there is such a file')
    .option('--name <name>', 'instead of the name made from repository and number', checked(checkName))
    .addOption(new Option('-o, --output <format>', 'how to print it').choices(['yaml', 'json']).default('yaml'))
    .option('--output-file <file>', 'write the object to this file instead of standard output')
    .option('--within <folder>', 'refuse a config or output file outside this folder')
    .addHelpText('after', help)
    .action((options: Options) => render(options, io))
}

async function render(options: Options, io: CliIo): Promise<void> {
  const { diagnosticsAsJson, diagnosticsAsText, readConfigText } = await import('./config-input.ts')
  const { environmentYaml } = await import('../core/render.ts')
  const { output } = options
  await confine(options, io)
  const rendering = {
    configText: await readConfigText(options.config, io),
    change: {
      repositoryUrl: options.repositoryUrl,
      number: options.pullRequest,
      branch: options.branch,
      commit: options.commit || (await readHeadCommit(options.config, io)),
      ...(options.provider && { provider: options.provider }),
      ...(options.pullRequestUrl && { url: options.pullRequestUrl }),
    },
    image: { name: options.imageName, tag: options.imageTag },
    ...(options.name !== undefined && { name: options.name }),
  }
  const { environment, reports } = await shape(options, rendering, io)
  const valid = environment !== undefined
  for (const { file, diagnostics } of reports) {
    if (output === 'json' && !valid) io.stderr(diagnosticsAsJson(file, !hasErrors(diagnostics), diagnostics))
    else io.stderr(diagnosticsAsText(file, diagnostics))
  }
  if (valid) {
    const text = output === 'json' ? `${JSON.stringify(environment, undefined, 2)}\n` : environmentYaml(environment)
    if (options.outputFile === undefined) io.stdout(text)
    else await writeOutput(options.outputFile, text, io)
  }
  io.exit(valid ? 0 : 1)
}

/** The object, or undefined, and what was found in each file that was read. */
interface Shaped {
  readonly environment: EnvironmentObject | undefined
  readonly reports: readonly { readonly file: string; readonly diagnostics: readonly Diagnostic[] }[]
}

async function shape({ config, kind, template: file }: Options, rendering: Rendering, io: CliIo): Promise<Shaped> {
  const { renderEnvironment } = await import('../core/render.ts')
  const text = file === undefined ? undefined : await readTemplate(file, io)
  if (file === undefined || text === undefined) {
    const { environment, diagnostics } = renderEnvironment(kind, rendering)
    return { environment, reports: [{ file: config, diagnostics }] }
  }
  const { readEnvironmentTemplate } = await import('../core/environment-template.ts')
  const { fillEnvironmentTemplate } = await import('../core/environment-template-fill.ts')
  const { template, diagnostics: inTemplate } = readEnvironmentTemplate(text)
  const { environment: standard, diagnostics } = renderEnvironment(template?.kind ?? kind, rendering)
  const reports = [
    { file: config, diagnostics },
    { file, diagnostics: inTemplate },
  ]
  if (template === undefined || standard === undefined) return { environment: undefined, reports }
  const filled = fillEnvironmentTemplate(template, standard)
  return { environment: filled.environment, reports: [...reports, { file, diagnostics: filled.diagnostics }] }
}

/** Undefined, and said so, where there is no such file: whoever mounts it may leave it out. */
async function readTemplate(file: string, io: CliIo): Promise<string | undefined> {
  const { readTemplateText } = await import('./config-input.ts')
  return await readTemplateText(file, io).catch((error: TronadorError) => {
    if ((error.cause as NodeJS.ErrnoException | undefined)?.code !== 'ENOENT') throw error
    io.stderr(`There is no template ${file}; the usual object is rendered.\n`)
    return undefined
  })
}

async function readHeadCommit(file: string, io: CliIo): Promise<string> {
  const { headCommit } = await import('./head-commit.ts')
  return await headCommit(file, io)
}

/** Refuses files outside the folder that was named, before any of them is read. */
async function confine({ config, outputFile, within }: Options, io: CliIo): Promise<void> {
  if (within === undefined) return
  const { isInside, wouldBeInside } = await import('./confine.ts')
  const { whyUnreadable } = await import('./why-unreadable.ts')
  const refuse = (code: 'ConfigUnreadable' | 'OutputRefused', file: string, why: string) =>
    new TronadorError(code, `${file} ${why}.`)
  const inside = await isInside(config, within, io).catch((error: NodeJS.ErrnoException) => {
    throw refuse('ConfigUnreadable', config, `cannot be read: ${whyUnreadable(error)}`)
  })
  if (!inside) throw refuse('ConfigUnreadable', config, `lies outside ${within}, symbolic links followed`)
  if (outputFile === undefined) return
  if (await wouldBeInside(outputFile, within, io).catch(() => false)) return
  throw refuse('OutputRefused', outputFile, `would lie outside ${within}, symbolic links followed`)
}

function checkRepositoryUrl(url: string): string {
  repositoryIdentity(url)
  return url
}
