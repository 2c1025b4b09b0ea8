/** Which addresses a cluster with a node takes: one /16 per cluster, out of ranges that this machine does not use. */

/** The addresses of one cluster, all out of one /16. */
export interface Subnets {
  /** The host's end of the pair that leads to the node. */
  readonly host: string
  /** The node's end of it: the node's own address. */
  readonly node: string
  /** Prefix length of the pair's network. */
  readonly linkPrefix: number
  readonly pods: string
  /** The bridge's address: where pods send what is not for them. */
  readonly gateway: string
  readonly services: string
}

/** Blocks in the order in which they are tried: seldom used corners of the private ranges. */
const blocks = [...block(10, 160, 223), ...block(172, 24, 31), ...block(100, 96, 111)]

/**
 * The subnets that nothing in `used` (CIDRs and addresses of this machine's routes and devices) overlaps, best first.
 * A route for more than a /8 is one to everywhere, as a default route is, and takes nothing away.
 */
export function freeSubnets(used: readonly string[]): Subnets[] {
  const taken = used.map(parseCidr).filter((range) => range !== undefined && range.prefix >= 8)
  return blocks
    .filter((first) => !taken.some((range) => range !== undefined && overlaps(range, parseCidr(`${first}.0.0/16`))))
    .map(subnetsOf)
}

function subnetsOf(first: string): Subnets {
  return {
    host: `${first}.0.1`,
    node: `${first}.0.2`,
    linkPrefix: 30,
    pods: `${first}.64.0/18`,
    gateway: `${first}.64.1`,
    services: `${first}.128.0/18`,
  }
}

function block(a: number, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => `${a}.${from + i}`)
}

interface Range {
  readonly address: number
  readonly prefix: number
}

/** Undefined for what is not IPv4 (`default`, IPv6). */
function parseCidr(text: string): Range | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(text)
  if (match === null) return undefined
  const [a, b, c, d] = match.slice(1, 5).map(Number) as [number, number, number, number]
  return { address: a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d, prefix: Number(match[5] ?? 32) }
}

function overlaps(one: Range, other: Range | undefined): boolean {
  if (other === undefined) return false
  const size = 2 ** (32 - Math.min(one.prefix, other.prefix))
  return Math.floor(one.address / size) === Math.floor(other.address / size)
}
