/** Which Service answers a request, by the rules of Kubernetes' Ingress. Pure. */

import type { KubeObject } from '../../src/api/object.ts'

/** A Service as an Ingress names it. */
export interface ServiceBackend {
  readonly name: string
  readonly port: { readonly name?: string; readonly number?: number }
}

interface IngressBackend {
  readonly service?: ServiceBackend
}

/** The part of an Ingress that routing reads. */
export interface IngressObject extends KubeObject {
  readonly spec?: {
    readonly defaultBackend?: IngressBackend
    readonly rules?: readonly {
      readonly host?: string
      readonly http?: {
        readonly paths: readonly {
          readonly path?: string
          readonly pathType?: string
          readonly backend: IngressBackend
        }[]
      }
    }[]
  }
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly hostname?: string }[] }
  }
}

/** Where a request goes. */
export interface Route {
  readonly namespace: string
  readonly service: ServiceBackend
}

interface Rule extends Route {
  /** Empty: every host. */
  readonly host: string
  readonly path: string
  readonly exact: boolean
}

/**
 * The route of a request, or undefined when no Ingress knows its host and path. `host` may carry a port. The most
 * exact host wins, then an exact path, then the longest; among equals the older Ingress.
 */
export function routeRequest(ingresses: Iterable<IngressObject>, host: string, path: string): Route | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  const bare = path.split('?')[0] ?? '/'
  return [...ingresses]
    .sort((a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''))
    .flatMap(rulesOf)
    .filter((rule) => matchesHost(rule.host, name) && matchesPath(rule, bare))
    .sort((a, b) => hostRank(b.host) - hostRank(a.host) || pathRank(b) - pathRank(a))
    .map(({ namespace, service }) => ({ namespace, service }))[0]
}

/** Every host that some Ingress answers to, sorted. */
export function knownHosts(ingresses: Iterable<IngressObject>): string[] {
  const hosts = [...ingresses].flatMap((ingress) => ingress.spec?.rules?.flatMap((rule) => rule.host ?? []) ?? [])
  return [...new Set(hosts)].sort()
}

function rulesOf(ingress: IngressObject): Rule[] {
  const namespace = ingress.metadata.namespace ?? ''
  const rule = (host: string, path: string, exact: boolean, backend: IngressBackend | undefined): Rule[] =>
    backend?.service === undefined ? [] : [{ host, path, exact, namespace, service: backend.service }]
  return [
    ...(ingress.spec?.rules ?? []).flatMap(({ host = '', http }) =>
      (http?.paths ?? []).flatMap(({ path = '/', pathType, backend }) =>
        rule(host.toLowerCase(), path, pathType === 'Exact', backend),
      ),
    ),
    ...rule('', '/', false, ingress.spec?.defaultBackend),
  ]
}

/** `*.example` stands for exactly one more label. */
function matchesHost(pattern: string, host: string): boolean {
  if (pattern === '' || pattern === host) return true
  return pattern.startsWith('*.') && host.includes('.') && host.slice(host.indexOf('.')) === pattern.slice(1)
}

/** A prefix counts in whole elements: `/shop` leads to `/shop/cart`, not to `/shopping`. */
function matchesPath(rule: Rule, path: string): boolean {
  if (rule.exact) return path === rule.path
  const prefix = rule.path.replace(/\/+$/, '')
  return path === prefix || path.startsWith(`${prefix}/`)
}

function hostRank(pattern: string): number {
  if (pattern === '') return 0
  return pattern.startsWith('*.') ? 1 : 2
}

function pathRank(rule: Rule): number {
  return 2 * rule.path.length + (rule.exact ? 1 : 0)
}
