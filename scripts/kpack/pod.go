package main

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	"github.com/pivotal/kpack/pkg/apis/build/v1alpha2"
	corev1alpha1 "github.com/pivotal/kpack/pkg/apis/core/v1alpha1"
)

// podOf says of which image a pod is wanted, and what the cluster knows at that time.
type podOf struct {
	Image, Builder    string // files with manifests
	Tag               string // of the app's image
	Built, Run, Stack string // the builder's image, its run image, the stack's ID
	Last, Reason      string // image of the build before, and why there is another
}

// User and group of the build image (CNB_USER_ID, CNB_GROUP_ID).
const user, group = 1000, 1000

// pod is the pod that kpack would start: kpack's own code makes it.
func (p podOf) pod(ctx context.Context) (*corev1.Pod, error) {
	image, err := only[*v1alpha2.Image](ctx, p.Image)
	if err != nil {
		return nil, err
	}
	builder, err := only[*v1alpha2.ClusterBuilder](ctx, p.Builder)
	if err != nil {
		return nil, err
	}
	image.Spec.Tag, image.Spec.AdditionalTags = p.Tag, nil
	image.Spec.ImageTaggingStrategy = corev1alpha1.None
	image.Status.BuildCacheName = image.CacheName()

	build := image.Build(p.source(image), made{name: builder.Name, podOf: p}, p.lastBuild(), p.Reason, "", 2, "")
	return build.BuildPod(v1alpha2.BuildPodImages{BuildInitImage: "build-init", CompletionImage: "completion", RebaseImage: "rebase"}, v1alpha2.BuildContext{
		Bindings: bindings(image),
		BuildPodBuilderConfig: v1alpha2.BuildPodBuilderConfig{
			StackID: p.Stack, RunImage: p.Run, Uid: user, Gid: group, ResolvedImage: p.Built,
			PlatformAPIs: []string{"0.7", "0.8", "0.9", "0.10", "0.11", "0.12", "0.13", "0.14", "0.15"},
		},
	})
}

// source is the image's source when kpack has found out its revision.
func (p podOf) source(image *v1alpha2.Image) *v1alpha2.SourceResolver {
	r := image.SourceResolver()
	r.Status.Source.Git = &corev1alpha1.ResolvedGitSource{URL: "https://git.example.com/app", Revision: "main", Type: corev1alpha1.Commit}
	return r
}

func (p podOf) lastBuild() *v1alpha2.Build {
	if p.Last == "" {
		return nil
	}
	b := new(v1alpha2.Build)
	b.Status.Conditions = corev1alpha1.Conditions{{Type: corev1alpha1.ConditionSucceeded, Status: corev1.ConditionTrue}}
	b.Status.LatestImage, b.Status.Stack.ID = p.Last, p.Stack
	return b
}

func bindings(image *v1alpha2.Image) []v1alpha2.ServiceBinding {
	var all []v1alpha2.ServiceBinding
	for _, s := range image.Services() {
		all = append(all, &corev1alpha1.ServiceBinding{Name: s.Name, SecretRef: &corev1.LocalObjectReference{Name: s.Name}})
	}
	return all
}

// made is a ClusterBuilder of which there is an image.
type made struct {
	v1alpha2.BuilderResource // nil: the rest of what kpack may ask of a builder, which is not asked for a build
	podOf
	name string
}

func (m made) GetName() string  { return m.name }
func (m made) GetKind() string  { return v1alpha2.ClusterBuilderKind }
func (m made) RunImage() string { return m.Run }

func (m made) BuildBuilderSpec() corev1alpha1.BuildBuilderSpec {
	return corev1alpha1.BuildBuilderSpec{Image: m.Built}
}
