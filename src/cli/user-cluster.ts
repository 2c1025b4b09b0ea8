/** The cluster that a person works on: commands that act with the rights of whoever runs them. */
import type { Command } from 'commander'
import type { ClusterClient } from '../kube/client.ts'
import type { CliIo } from './io.ts'

/** What says which cluster. */
export interface ClusterOptions {
  readonly kubeconfig?: string
}

/** Help that such commands end with. */
export const clusterHelp = `
It acts with your own rights. The cluster is that of --kubeconfig, else of KUBECONFIG, else of ~/.kube/config, else of
the pod it runs in.
`

/** Adds the option. */
export function addClusterOption(command: Command): Command {
  return command.option('--kubeconfig <file>', 'how to reach the cluster')
}

/** Runs the work with a client, and closes that. */
export async function withCluster<T>(
  options: ClusterOptions,
  io: CliIo,
  work: (cluster: ClusterClient) => Promise<T>,
): Promise<T> {
  const { createClient } = await import('../kube/client.ts')
  const { findUsersClusterConfig } = await import('../kube/find-config.ts')
  const config = await findUsersClusterConfig(options.kubeconfig, io.env)
  const cluster = createClient(config, { userAgent: `tronador/${io.version}` })
  try {
    return await work(cluster)
  } finally {
    await cluster.close()
  }
}
