/** Which engine runs the releases of a kind. */

/** The engines there are. */
export const engineNames = ['flux', 'helm-operator'] as const
export type EngineName = (typeof engineNames)[number]

/** What an administrator may say: an engine, or Helm Operator where it is served and Flux otherwise. */
export const engineSettings = ['auto', ...engineNames] as const
export type EngineSetting = (typeof engineSettings)[number]

/** The engine's name as people write it. */
export const engineTitles: Readonly<Record<EngineName, string>> = { flux: 'Flux', 'helm-operator': 'Helm Operator' }

/** The engine to use; undefined where the cluster serves none that the setting allows. */
export function chooseEngine(setting: EngineSetting, served: ReadonlySet<EngineName>): EngineName | undefined {
  const wanted: readonly EngineName[] = setting === 'auto' ? ['helm-operator', 'flux'] : [setting]
  return wanted.find((name) => served.has(name))
}
