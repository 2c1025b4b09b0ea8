/** Where an application answers: the hosts of its Ingresses, HTTPRoutes and OpenShift Routes. */
import type { KubeObject } from '../../api/object.ts'

interface Ingress extends KubeObject {
  spec?: {
    tls?: readonly { hosts?: readonly string[] }[]
    rules?: readonly { host?: string; http?: { paths?: readonly { path?: string; pathType?: string }[] } }[]
  }
  status?: { loadBalancer?: { ingress?: readonly { ports?: readonly { port: number; protocol?: string }[] }[] } }
}

interface HttpRoute extends KubeObject {
  spec?: { hostnames?: readonly string[]; parentRefs?: readonly { port?: number; sectionName?: string }[] }
}

interface OpenShiftRoute extends KubeObject {
  spec?: { host?: string; path?: string; tls?: object }
  status?: { ingress?: readonly { host?: string }[] }
}

/** A chart may name hosts without end; a status may not be. */
const mostUrls = 50

/** At most fifty URLs without repetition, in the order of kinds and names, so that the same objects always give the same list. */
export function readUrls(objects: readonly KubeObject[]): string[] {
  const sorted = [...objects].sort(
    (a, b) => a.kind.localeCompare(b.kind) || a.metadata.name.localeCompare(b.metadata.name),
  )
  return [...new Set(sorted.flatMap(urlsOf))].slice(0, mostUrls)
}

function urlsOf(object: KubeObject): string[] {
  if (object.metadata.deletionTimestamp !== undefined) return []
  if (object.kind === 'Ingress') return ingressUrls(object as Ingress)
  if (object.kind === 'HTTPRoute') return httpRouteUrls(object as HttpRoute)
  if (object.kind === 'Route') return openShiftRouteUrls(object as OpenShiftRoute)
  return []
}

function ingressUrls(ingress: Ingress): string[] {
  const secured = new Set((ingress.spec?.tls ?? []).flatMap((tls) => tls.hosts ?? []))
  const ports = (ingress.status?.loadBalancer?.ingress ?? [])
    .flatMap((point) => point.ports ?? [])
    .map(({ port }) => port)
  return (ingress.spec?.rules ?? []).flatMap((rule) => {
    if (rule.host === undefined || !isOneHost(rule.host)) return []
    const path = rule.http?.paths?.length === 1 ? (rule.http.paths[0]?.path ?? '/') : '/'
    const isSecured = secured.has(rule.host)
    return [`${isSecured ? 'https' : 'http'}://${rule.host}${portSuffix(isSecured, ports)}${plainPath(path)}`]
  })
}

/** The controller's own port, where it answers on no usual one: as in a local cluster. */
function portSuffix(isSecured: boolean, ports: readonly number[]): string {
  const usual = isSecured ? 443 : 80
  const [first] = ports
  return first === undefined || ports.includes(usual) ? '' : `:${first}`
}

function httpRouteUrls(route: HttpRoute): string[] {
  const parent = route.spec?.parentRefs?.[0]
  const isSecured = parent?.port === 443 || /https|tls/i.test(parent?.sectionName ?? '')
  return (route.spec?.hostnames ?? []).filter(isOneHost).map((host) => `${isSecured ? 'https' : 'http'}://${host}/`)
}

function openShiftRouteUrls(route: OpenShiftRoute): string[] {
  const host = route.spec?.host ?? route.status?.ingress?.[0]?.host
  if (host === undefined || !isOneHost(host)) return []
  return [`${route.spec?.tls === undefined ? 'http' : 'https'}://${host}${plainPath(route.spec?.path ?? '/')}`]
}

/** A chart is untrusted: what is no host name is no URL. Wildcards name no single host. */
function isOneHost(host: string): boolean {
  return /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(host)
}

/** A path that can be opened as it is; a pattern leads to the root. */
function plainPath(path: string): string {
  return /^\/[A-Za-z0-9/_.~-]*$/.test(path) ? path : '/'
}
