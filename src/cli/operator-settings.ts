/** What an administrator decides for all environments, as options: of the operator, and of what foretells its work. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type EngineSetting, engineSettings } from '../core/engine-choice.ts'

/** What the shared options hold. */
export interface OperatorSettingsOptions {
  readonly serviceAccount: string
  readonly trustedRepositories: readonly string[]
  readonly environmentEngine: EngineSetting
  readonly provisionerEngine: EngineSetting
}

/** Adds the shared options. */
export function addOperatorSettings(command: Command): Command {
  return command
    .option('--service-account <name>', 'the operator’s own service account', 'tronador-operator')
    .option('--trusted-repositories <list>', 'host/owner/name,… whose previews are not confined', readList, [])
    .addOption(engineOption('--environment-engine', 'what runs the releases of Environments', 'flux'))
    .addOption(engineOption('--provisioner-engine', 'what runs those of EnvironmentProvisioners', 'auto'))
}

function engineOption(flag: string, description: string, fallback: EngineSetting): Option {
  return new Option(`${flag} <engine>`, description).choices(engineSettings).default(fallback)
}

function readList(text: string): string[] {
  const entries = text.split(',').map((entry) => entry.trim())
  const bad = entries.find((entry) => !/^[^/\s]+(?:\/[^/\s]+){2,}$/.test(entry))
  if (bad !== undefined) throw new InvalidArgumentError(`"${bad}" is not of the form host/owner/name.`)
  return entries
}
