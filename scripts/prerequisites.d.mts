export type Need = 'none' | 'control-plane' | 'engines' | 'pull-requests' | 'pods' | 'pipelines' | 'argocd'
export type Prerequisite = {
  readonly command: string
  readonly apt: string
  readonly dnf: string
  readonly why: string
}
export declare function findMissing(need: Need, isThere: (command: string) => boolean): Prerequisite[]
export declare function describeMissing(missing: readonly Prerequisite[]): string
export declare function isOnPath(command: string, path: string): boolean
