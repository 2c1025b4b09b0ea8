/**
 * Events on objects (`kubectl describe` shows them). A note that stood already after the last pass is not repeated;
 * one that comes back after it was gone raises the count of its event. Losing an event never fails a pass.
 */
import type { Clock } from '../../kube/clock.ts'
import { type Cluster, isKubeError, type KubeObject } from '../../kube/cluster.ts'
import { events } from '../../kube/resources.ts'
import { type Log, silentLog } from './log.ts'
import type { EventNote } from './reconciler.ts'

/** Who speaks, and through what. */
export interface EventRecorderOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  /** Names the controller, like a domain: `example.com/operator`. */
  readonly controller: string
  /** Names this process, for instance the pod. */
  readonly instance: string
  readonly log?: Log
}

/** See {@link createEventRecorder}. */
export interface EventRecorder {
  /** Records what a pass over the object had to note: all of it, also when it is nothing. Never rejects. */
  record(object: KubeObject, notes: readonly EventNote[]): Promise<void>
  /** The object is gone: what was noted of it is forgotten. */
  forget(object: KubeObject): void
}

/** What was noted of one object: the events made for it, and the notes of the last pass. */
interface Memory {
  readonly counts: Map<string, number>
  standing: ReadonlySet<string>
}

/** The API server takes 1 KiB at most, counted in bytes. */
const longestNote = 1024

/** Makes a recorder. Objects without a namespace have their events in `default`, as `kubectl` expects. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { cluster, clock, log = silentLog } = options
  const memories = new Map<string, Memory>()

  async function write(object: KubeObject, note: EventNote, memory: Memory): Promise<void> {
    const id = identify(note)
    const name = `${object.metadata.name}.${fingerprint(`${object.metadata.uid} ${id}`)}`
    const namespace = object.metadata.namespace ?? 'default'
    const count = (memory.counts.get(id) ?? 0) + 1
    memory.counts.set(id, count)
    try {
      if (count > 1) {
        const series = { count, lastObservedTime: microTime(clock) }
        await cluster.patch(events, { name, namespace }, { series })
      } else {
        await cluster.create(events, eventOf(object, note, { name, namespace }, options))
      }
    } catch (error) {
      // An API server keeps an event for an hour: one that has gone since begins anew.
      if (isKubeError(error, 'NotFound') && count > 1) {
        memory.counts.delete(id)
        return await write(object, note, memory)
      }
      // An event of that name was made by this controller before it was restarted: it says the same.
      if (isKubeError(error, 'AlreadyExists')) return
      log.debug({ object: object.metadata.name, reason: note.reason, error: String(error) }, 'event was not recorded')
    }
  }

  return {
    async record(object, notes) {
      const uid = object.metadata.uid ?? ''
      const memory = memories.get(uid) ?? { counts: new Map<string, number>(), standing: new Set<string>() }
      if (notes.length === 0 && !memories.has(uid)) return
      memories.set(uid, memory)
      const fresh = notes.filter((note) => !memory.standing.has(identify(note)))
      memory.standing = new Set(notes.map(identify))
      for (const note of fresh) await write(object, note, memory)
    },
    forget: (object) => void memories.delete(object.metadata.uid ?? ''),
  }
}

function eventOf(
  object: KubeObject,
  { type, reason, message }: EventNote,
  metadata: { readonly name: string; readonly namespace: string },
  { clock, controller, instance }: EventRecorderOptions,
): KubeObject {
  const { name, namespace, uid, resourceVersion } = object.metadata
  const event = {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata,
    eventTime: microTime(clock),
    reportingController: controller,
    reportingInstance: instance,
    action: object.metadata.deletionTimestamp === undefined ? 'Apply' : 'Cleanup',
    type,
    reason,
    note: cutToBytes(message, longestNote),
    regarding: { apiVersion: object.apiVersion, kind: object.kind, name, namespace, uid, resourceVersion },
  }
  return event
}

/** The text, or its beginning where it is longer than so many bytes of UTF-8; no character is cut in two. */
function cutToBytes(text: string, longest: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= longest) return text
  return new TextDecoder().decode(bytes.subarray(0, longest), { stream: true })
}

const identify = ({ type, reason, message }: EventNote): string => `${type} ${reason} ${message}`

/** A short name for a text (FNV-1a, 64 bits): the same note of the same object has the same event. */
function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash.toString(16).padStart(16, '0')
}

/** Kubernetes' MicroTime. */
function microTime(clock: Clock): string {
  return new Date(clock.now()).toISOString().replace('Z', '000Z')
}
