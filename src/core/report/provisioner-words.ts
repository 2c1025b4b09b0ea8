/** What the status of an `EnvironmentProvisioner` says besides: the words of the original Tronador. */

import type { EnvironmentStatus } from '../../api/environment.ts'
import type { EnvironmentProvisionerStatus } from '../../api/environment-provisioner.ts'
import type { ReleaseState } from '../engine-state.ts'
import type { DesiredEnvironment } from '../model.ts'
import { longestQuote, shorten } from './conditions.ts'

/** What every look ends with, whatever it found. */
const waiting = 'Waiting For Next Reconciliation Loop'

/** The status with the words for what was seen of the release. */
export function provisionerStatus(
  status: EnvironmentStatus,
  { release, namespace }: Pick<DesiredEnvironment, 'release' | 'namespace'>,
  seen: ReleaseState,
): EnvironmentProvisionerStatus {
  const message =
    seen.state === 'Done'
      ? `Release was successful for Helm release '${release.name}' in '${namespace}'.`
      : (seen.message ?? seen.progress)
  return {
    ...status,
    ...(seen.helmStatus !== undefined && { applicationStatus: seen.helmStatus }),
    applicationStatusMsg: shorten(message, longestQuote),
    currentPhase: waiting,
  }
}

/** The status where nothing new was seen of the release: it could not be asked for, or it goes. */
export function provisionerStatusUnseen(status: EnvironmentProvisionerStatus): EnvironmentProvisionerStatus {
  return { ...status, currentPhase: waiting }
}
