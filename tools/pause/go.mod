module image-promotion-gitops/tools/pause

go 1.26.0
