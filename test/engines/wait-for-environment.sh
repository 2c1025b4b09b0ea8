#!/bin/sh
# Waits for an environment as the steps of the original task catalog did: by the first condition of the object, and by
# the newest ones of its source and its release. Says each as it comes true.
set -eu
kind=$1 name=$2

await() { # PATH TYPE
  until found=$(kubectl get "$kind" "$name" --ignore-not-found -o "jsonpath={$1.type} {$1.status}") && [ "$found" = "$2 True" ]; do
    sleep 0.3
  done
  echo "$1: $found"
}

await .status.gitRepoStatus.latestCondition ArtifactInStorage
await .status.helmReleaseStatus.latestCondition Released
await '.status.conditions[0]' Ready
