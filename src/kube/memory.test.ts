import { clusterContract } from './contract.ts'
import { createMemoryCluster } from './memory.ts'
import { configMaps, openShiftRoutes } from './resources.ts'

clusterContract('The cluster in memory', async () => {
  const cluster = createMemoryCluster()
  cluster.setServed(openShiftRoutes, false)
  return { cluster, young: configMaps, unserved: openShiftRoutes, stop: async () => {} }
})
