/**
 * `npm run image`: Tronador's image without Docker. Says its digest and size, and with `--push` sends it to a registry
 * that speaks plain HTTP, such as the local cluster's.
 */
import { parseArgs } from 'node:util'
import { buildImage, type Image, packLayer, pushImage } from '../local/node/images.ts'
import { collectImage } from './image-layers.ts'

const help = `Build Tronador's image, without Docker.

Usage: npm run image                                     its digest and size
       npm run image -- --push REGISTRY:PORT/NAME:TAG    that, and push it over plain HTTP

The image is the Dockerfile's, from this machine's git and ssh and the project's Node. It needs Debian or its kin.`

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const options = readArguments(args)
  if (typeof options === 'string') {
    console.error(options)
    return options === help ? 0 : 2
  }
  const { layers, config } = await collectImage()
  const packed = await Promise.all(layers.map(packLayer))
  const image = buildImage(packed, config)
  console.log(describeImage(image))
  if (options.target !== undefined) console.log(await pushImage({ ...options.target, layers: packed, config }))
  return 0
}

/** Its digest, and what a node fetches, in MiB. */
function describeImage({ manifest, layers }: Image): string {
  const sizes = layers.map(({ bytes }) => (bytes.length / 2 ** 20).toFixed(1))
  const total = layers.reduce((sum, { bytes }) => sum + bytes.length, 0) / 2 ** 20
  return `${manifest.digest}: ${total.toFixed(1)} MiB compressed (Node ${sizes[0]}, git and ssh ${sizes[1]}, Tronador ${sizes[2]})`
}

interface Options {
  readonly target?: { readonly registry: string; readonly name: string; readonly tag: string }
}

function readArguments(args: string[]): string | Options {
  try {
    const { values } = parseArgs({
      args,
      options: { push: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    })
    if (values.help === true) return help
    if (values.push === undefined) return {}
    const [, registry, name, tag] = /^([^/]+)\/([^:]+):([^:/]+)$/.exec(values.push) ?? []
    if (registry === undefined || name === undefined || tag === undefined) {
      return `"${values.push}" is not of the form REGISTRY:PORT/NAME:TAG.\n\n${help}`
    }
    return { target: { registry, name, tag } }
  } catch (error) {
    return `${(error as Error).message}\n\n${help}`
  }
}
