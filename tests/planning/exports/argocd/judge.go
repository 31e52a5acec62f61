// Says what Argo CD leaves of both sides of an object, given an Application's ignoreDifferences.
package main

import (
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

type application struct {
	Spec struct {
		IgnoreDifferences []v1alpha1.ResourceIgnoreDifferences `json:"ignoreDifferences"`
	} `json:"spec"`
}

func judge(text string, live, desired map[string]any) ([]any, error) {
	var read application
	if err := yaml.UnmarshalStrict([]byte(text), &read); err != nil {
		return nil, err
	}
	config, err := diff.NewDiffConfigBuilder().
		WithDiffSettings(read.Spec.IgnoreDifferences, map[string]v1alpha1.ResourceOverride{}, false, normalizers.IgnoreNormalizerOpts{}).
		WithNoCache().
		Build()
	if err != nil {
		return nil, err
	}
	left, err := diff.Normalize([]*unstructured.Unstructured{{Object: live}}, []*unstructured.Unstructured{{Object: desired}}, config)
	if err != nil {
		return nil, err
	}
	return []any{left.Targets[0].Object, left.Lives[0].Object}, nil
}
