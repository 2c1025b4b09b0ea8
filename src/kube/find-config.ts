/** Which cluster a process talks to: the kubeconfig it was given, or the one its pod runs in. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type ClusterConfig, inClusterConfig, KubeconfigError, loadKubeconfig } from './kubeconfig.ts'

/** The configuration. Throws {@link KubeconfigError} where there is neither; the message says what to give. */
export async function findClusterConfig(
  kubeconfig: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ClusterConfig> {
  if (kubeconfig !== undefined) return loadKubeconfig(kubeconfig)
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (host !== undefined && port !== undefined) return inClusterConfig({ host, port })
  throw new KubeconfigError('No cluster is named and this is no pod; give --kubeconfig FILE')
}

/** The same for a person: as `kubectl` finds it, the first file of KUBECONFIG, then that in the home folder. */
export async function findUsersClusterConfig(
  kubeconfig: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ClusterConfig> {
  const named = kubeconfig ?? env.KUBECONFIG?.split(delimiter).find((file) => file !== '')
  const usual = env.HOME === undefined ? undefined : join(env.HOME, '.kube', 'config')
  const isThere = usual !== undefined && existsSync(usual)
  return findClusterConfig(named ?? (isThere ? usual : undefined), env)
}
