module image-promotion-gitops/tools/kargo

go 1.26.0

require github.com/akuity/kargo v1.11.2
