/** Figures for Prometheus, under the names that dashboards for controllers know already. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { RequestSeen } from '../../kube/http.ts'
import type { QueueObserver } from './work-queue.ts'

/** How a pass over an object ended. */
export type PassResult = 'success' | 'requeue_after' | 'error'

/** The figures of one controller. */
export interface ControllerMetrics {
  readonly queue: QueueObserver
  passed(result: PassResult, seconds: number): void
}

/** See {@link createMetrics}. */
export interface Metrics {
  readonly registry: Registry
  /** Hand this to the client as `onRequest`. */
  readonly onRequest: (seen: RequestSeen) => void
  ofController(name: string): ControllerMetrics
  setLeading(lease: string, leads: boolean): void
}

const seconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60]

/** Makes a registry with the figures of a runtime. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name, help, labelNames, registers })
  const gauge = (name: string, help: string, labelNames: string[]) => new Gauge({ name, help, labelNames, registers })
  const histogram = (name: string, help: string, labelNames: string[]) =>
    new Histogram({ name, help, labelNames, registers, buckets: seconds })

  const requests = counter('rest_client_requests_total', 'Requests to the API server', ['code', 'method', 'host'])
  const depth = gauge('workqueue_depth', 'Keys that wait for work', ['name'])
  const adds = counter('workqueue_adds_total', 'Keys added', ['name'])
  const retries = counter('workqueue_retries_total', 'Keys put back after a failure', ['name'])
  const waited = histogram('workqueue_queue_duration_seconds', 'Time a key waits for work', ['name'])
  const worked = histogram('workqueue_work_duration_seconds', 'Time the work on a key takes', ['name'])
  const active = gauge('controller_runtime_active_workers', 'Keys worked on at this moment', ['controller'])
  const passes = counter('controller_runtime_reconcile_total', 'Passes over objects', ['controller', 'result'])
  const errors = counter('controller_runtime_reconcile_errors_total', 'Passes that failed', ['controller'])
  const duration = histogram('controller_runtime_reconcile_time_seconds', 'Time a pass takes', ['controller'])
  const leading = gauge('leader_election_master_status', 'Whether this process holds the lease', ['name'])

  return {
    registry,
    onRequest: ({ code, method, host }) => requests.inc({ code, method, host }),
    setLeading: (name, leads) => leading.set({ name }, leads ? 1 : 0),
    ofController: (name) => ({
      queue: {
        added(count) {
          adds.inc({ name })
          depth.set({ name }, count)
        },
        started(count, time) {
          depth.set({ name }, count)
          waited.observe({ name }, time)
          active.inc({ controller: name })
        },
        finished(time) {
          worked.observe({ name }, time)
          active.dec({ controller: name })
        },
        retried: () => retries.inc({ name }),
      },
      passed(result, time) {
        passes.inc({ controller: name, result })
        if (result === 'error') errors.inc({ controller: name })
        duration.observe({ controller: name }, time)
      },
    }),
  }
}
