/**
 * SHA-256 (FIPS 180-4) in plain arithmetic: names need a stable hash and this layer may not touch the platform. For
 * names only; signatures and passwords belong to the platform's own, constant-time code.
 */

/** The first 32 bits of the fractional part of `root(prime)`: where the standard's constants come from. */
function fractionBits(prime: number, root: (x: number) => number): number {
  return ((root(prime) % 1) * 2 ** 32) >>> 0
}

function firstPrimes(count: number): number[] {
  const primes: number[] = []
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate)
  }
  return primes
}

const roundConstants = firstPrimes(64).map((prime) => fractionBits(prime, Math.cbrt))
const initialState = firstPrimes(8).map((prime) => fractionBits(prime, Math.sqrt))

const rotateRight = (word: number, by: number): number => (word >>> by) | (word << (32 - by))

/** The message with its bit length, padded to whole blocks of 64 bytes. */
function pad(message: Uint8Array): DataView {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor(message.length / 2 ** 29))
  view.setUint32(padded.length - 4, (message.length << 3) >>> 0)
  return view
}

function schedule(block: DataView, offset: number): Uint32Array {
  const words = new Uint32Array(64)
  for (let i = 0; i < 16; i++) words[i] = block.getUint32(offset + i * 4)
  for (let i = 16; i < 64; i++) {
    const [a, b, c, d] = [words[i - 15] ?? 0, words[i - 2] ?? 0, words[i - 16] ?? 0, words[i - 7] ?? 0]
    const small0 = rotateRight(a, 7) ^ rotateRight(a, 18) ^ (a >>> 3)
    const small1 = rotateRight(b, 17) ^ rotateRight(b, 19) ^ (b >>> 10)
    words[i] = c + small0 + d + small1
  }
  return words
}

function compress(state: readonly number[], words: Uint32Array): number[] {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let i = 0; i < 64; i++) {
    const big1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25)
    const choice = (e & f) ^ (~e & g)
    const t1 = (h + big1 + choice + (roundConstants[i] ?? 0) + (words[i] ?? 0)) >>> 0
    const big0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const t2 = (big0 + majority) >>> 0
    h = g
    g = f
    f = e
    e = (d + t1) >>> 0
    d = c
    c = b
    b = a
    a = (t1 + t2) >>> 0
  }
  return [a, b, c, d, e, f, g, h].map((word, i) => (word + (state[i] ?? 0)) >>> 0)
}

/** SHA-256 of a text's UTF-8 bytes, as 64 lower-case hex digits. */
export function sha256Hex(text: string): string {
  const padded = pad(new TextEncoder().encode(text))
  let state: number[] = initialState
  for (let offset = 0; offset < padded.byteLength; offset += 64) state = compress(state, schedule(padded, offset))
  return state.map((word) => word.toString(16).padStart(8, '0')).join('')
}
