/** The scheduler: gives each pod its node. It runs on the host, beside the control plane. */

import type { ControlPlane } from '../control-plane.ts'
import type { Surroundings } from '../surroundings.ts'

/** Starts the scheduler and waits until it is healthy. */
export async function startScheduler(
  { build, claims, start }: Surroundings,
  controlPlane: ControlPlane,
): Promise<void> {
  const kubeconfig = controlPlane.kubeconfigOf('kube-scheduler')
  const port = await claims.port()
  await start({
    name: 'kube-scheduler',
    command: await build.binary('kube-scheduler'),
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--authentication-kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      '--leader-elect=false',
    ],
  })
}
