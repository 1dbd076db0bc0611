package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	corev1 "k8s.io/api/core/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"knative.dev/pkg/apis"
	"sigs.k8s.io/yaml"

	"github.com/pivotal/kpack/pkg/apis/build/v1alpha2"
)

// object is a manifest as kpack's types hold it.
type object struct {
	Kind, Name string
	Value      any
}

// admitted is what kpack's webhook does to an object before it is stored: it fills in what is left out, and judges the rest.
// kpack's custom resource definitions take any fields, so the webhook is the schema.
type admitted interface {
	SetDefaults(context.Context)
	Validate(context.Context) *apis.FieldError
}

const kpackVersion = "kpack.io/v1alpha2"

// kinds make an empty object of each apiVersion and kind that manifests may have.
var kinds = map[string]func() any{
	kpackVersion + " ClusterStack":     func() any { return new(v1alpha2.ClusterStack) },
	kpackVersion + " ClusterLifecycle": func() any { return new(v1alpha2.ClusterLifecycle) },
	kpackVersion + " ClusterBuildpack": func() any { return new(v1alpha2.ClusterBuildpack) },
	kpackVersion + " ClusterStore":     func() any { return new(v1alpha2.ClusterStore) },
	kpackVersion + " ClusterBuilder":   func() any { return new(v1alpha2.ClusterBuilder) },
	kpackVersion + " Image":            func() any { return new(v1alpha2.Image) },
	"v1 Secret":                        func() any { return new(corev1.Secret) },
	"v1 ServiceAccount":                func() any { return new(corev1.ServiceAccount) },
	"v1 Namespace":                     func() any { return new(corev1.Namespace) },
}

// read reads the manifests of a file. What a cluster would refuse is an error: unknown fields, too, which its API server
// drops with a warning.
func read(ctx context.Context, file string) ([]object, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read manifests: %w", err)
	}
	var all []object
	documents := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", file, err)
		}
		o, err := decode(ctx, document)
		if err != nil {
			return nil, fmt.Errorf("cannot use manifest %d of %s: %w", len(all)+1, file, err)
		}
		all = append(all, o)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("cannot use %s: it has no manifests", file)
	}
	return all, nil
}

func decode(ctx context.Context, document []byte) (object, error) {
	var head struct {
		APIVersion string                `json:"apiVersion"`
		Kind       string                `json:"kind"`
		Metadata   struct{ Name string } `json:"metadata"`
	}
	if err := yaml.Unmarshal(document, &head); err != nil {
		return object{}, err
	}
	o := object{Kind: head.Kind, Name: head.Metadata.Name}
	empty, ok := kinds[head.APIVersion+" "+head.Kind]
	if !ok {
		return o, fmt.Errorf("nobody knows kind %q of %q", head.Kind, head.APIVersion)
	}
	if o.Name == "" {
		return o, fmt.Errorf("a %s has no name", o.Kind)
	}
	o.Value = empty()
	if err := yaml.UnmarshalStrict(document, o.Value); err != nil {
		return o, fmt.Errorf("%s %s: %w", o.Kind, o.Name, err)
	}
	if a, ok := o.Value.(admitted); ok {
		ctx = context.WithValue(ctx, v1alpha2.HasDefaultStorageClass, true)
		a.SetDefaults(ctx)
		if err := a.Validate(ctx); err != nil {
			return o, fmt.Errorf("%s %s: %w", o.Kind, o.Name, err)
		}
	}
	return o, nil
}

// only returns the one object of a type in a file.
func only[T any](ctx context.Context, file string) (T, error) {
	var found []T
	objects, err := read(ctx, file)
	for _, o := range objects {
		if v, ok := o.Value.(T); ok {
			found = append(found, v)
		}
	}
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("cannot use %s: it has %d of %T, want one", file, len(found), *new(T))
	}
	if err != nil {
		return *new(T), err
	}
	return found[0], nil
}
