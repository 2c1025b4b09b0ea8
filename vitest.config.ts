import { defineConfig } from 'vitest/config'

/**
 * The test tiers. `unit` needs nothing; `cluster` a control plane; `charts` Helm too; `engines`,
 * `pull-requests`, `gitops-syncers` (with Argo CD), `pods` and `pipelines` the larger local clusters; `slow` is for
 * measurements of many minutes. Each tier's cluster is started once, by its global set-up.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // Unit tests share no state; a fresh world for every file would cost as much again as the tests.
          isolate: false,
          // They take milliseconds and measure no time; this bounds one that hangs, also on a machine under load.
          testTimeout: 30_000,
          include: ['{src,local,scripts,bench}/**/*.test.ts', 'test/conventions/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          globalSetup: ['test/cluster/setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'charts',
          include: ['test/charts/**/*.test.ts'],
          globalSetup: ['test/charts/setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'engines',
          include: ['test/engines/**/*.test.ts'],
          globalSetup: ['test/engines/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'pull-requests',
          include: ['test/pull-requests/**/*.test.ts'],
          globalSetup: ['test/pull-requests/setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'gitops-syncers',
          include: ['test/gitops-syncers/**/*.test.ts'],
          globalSetup: ['test/gitops-syncers/setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'slow',
          include: ['test/slow/**/*.test.ts'],
          globalSetup: ['test/gitops-syncers/setup.ts'],
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'pods',
          include: ['test/pods/**/*.test.ts'],
          globalSetup: ['test/pods/setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'pipelines',
          include: ['test/pipelines/**/*.test.ts'],
          globalSetup: ['test/pipelines/setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
