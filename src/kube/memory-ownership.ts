/** Server-side apply as far as Tronador relies on it: who owns which field, and what a conflict is. Pure but for its own table. */
import { type ApplyOptions, KubeError, type KubeObject } from './cluster.ts'
import { isEmptyObject, isSame, leavesOf, withLeaves } from './fields.ts'

/** Stands for every writer by POST or patch. */
const updater = '(update)'

/** Fields that name or describe the object and belong to nobody. */
const unowned = new Set(['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp'])

/** See {@link createOwnership}. */
export type Ownership = ReturnType<typeof createOwnership>

/** Remembers, for each object by its UID, which manager owns which leaves. */
export function createOwnership() {
  const owners = new Map<string, Map<string, Set<string>>>()
  const ownersOf = (uid: string) => {
    const managers = owners.get(uid) ?? new Map<string, Set<string>>()
    owners.set(uid, managers)
    return managers
  }

  return {
    /** A plain write: what it changed is its own from now on. */
    update(uid: string, before: KubeObject | undefined, after: KubeObject): void {
      const old = before === undefined ? new Map<string, unknown>() : ownableLeaves(before)
      const now = ownableLeaves(after)
      const managers = ownersOf(uid)
      const changed = [...now].filter(([leaf, value]) => !isSame(old.get(leaf), value)).map(([leaf]) => leaf)
      const gone = [...old.keys()].filter((leaf) => !now.has(leaf))
      for (const leaves of managers.values()) for (const leaf of [...changed, ...gone]) leaves.delete(leaf)
      const own = managers.get(updater) ?? new Set()
      for (const leaf of changed) own.add(leaf)
      managers.set(updater, own)
    },

    /**
     * The object as it stands after the apply, and whether anybody's ownership changed. Throws `Conflict` when a
     * field of another manager would change and `force` is not set.
     */
    apply(uid: string, stored: KubeObject, wanted: KubeObject, { fieldManager, force }: ApplyOptions) {
      const managers = ownersOf(uid)
      const standing = ownableLeaves(stored)
      const leaves = ownableLeaves(wanted)
      const disputed = [...leaves]
        .filter(([leaf, value]) => !isEmptyObject(value) && !isSame(standing.get(leaf), value))
        .flatMap(([leaf]) =>
          [...managers]
            .filter(([name, own]) => name !== fieldManager && own.has(leaf))
            .map(([name]) => ({ name, leaf })),
        )
      if (disputed.length > 0 && force !== true) throw conflictOf(disputed)

      for (const { name, leaf } of disputed) managers.get(name)?.delete(leaf)
      const before = managers.get(fieldManager) ?? new Set<string>()
      managers.set(fieldManager, new Set(leaves.keys()))
      const ownedByOthers = (leaf: string) =>
        [...managers].some(([name, own]) => name !== fieldManager && own.has(leaf))
      const dropped = [...before].filter((leaf) => !leaves.has(leaf) && !ownedByOthers(leaf))
      const object = withLeaves(stored as unknown as Record<string, unknown>, leaves, dropped) as unknown as KubeObject
      return { object, ownershipChanged: !isSame([...before].sort(), [...leaves.keys()].sort()) || disputed.length > 0 }
    },

    forget: (uid: string) => owners.delete(uid),
  }
}

function ownableLeaves(object: KubeObject): Map<string, unknown> {
  const { apiVersion: _, kind: __, metadata, status: ___, ...rest } = object as KubeObject & { status?: unknown }
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key]) => !unowned.has(key)))
  return leavesOf({ ...rest, metadata: kept })
}

function conflictOf(disputed: readonly { readonly name: string; readonly leaf: string }[]): KubeError {
  const list = disputed.map(({ name, leaf }) => `"${name}": ${leaf}`).join(', ')
  return new KubeError('Conflict', `Apply failed with ${disputed.length} conflict(s): ${list}`, { status: 409 })
}
