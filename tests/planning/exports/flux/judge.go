// Says what Flux sends to the server for an object, given a Kustomization's ignore rules.
package main

import (
	"context"

	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/jsondiff"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

type kustomization struct {
	Spec struct {
		Ignore []kustomizev1.IgnoreRule `json:"ignore"`
	} `json:"spec"`
}

// server stands in for the API server: it has one live object, and takes what is applied as it is.
type server struct {
	client.Client
	live *unstructured.Unstructured
	sent []any
}

func (s *server) Get(_ context.Context, _ client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	object.(*unstructured.Unstructured).Object = s.live.DeepCopy().Object
	return nil
}

func (s *server) Patch(_ context.Context, object client.Object, _ client.Patch, options ...client.PatchOption) error {
	asked := client.PatchOptions{}
	for _, option := range options {
		option.ApplyToPatch(&asked)
	}
	if len(asked.DryRun) == 0 {
		s.sent = append(s.sent, object.(*unstructured.Unstructured).DeepCopy().Object)
	}
	object.SetUID(s.live.GetUID())
	object.SetResourceVersion("2")
	return nil
}

// selector spells a target as the controller hands it to its library.
func selector(rule kustomizev1.IgnoreRule) *jsondiff.Selector {
	if rule.Target == nil {
		return nil
	}
	return &jsondiff.Selector{
		Group: rule.Target.Group, Version: rule.Target.Version, Kind: rule.Target.Kind,
		Name: rule.Target.Name, Namespace: rule.Target.Namespace,
		AnnotationSelector: rule.Target.AnnotationSelector, LabelSelector: rule.Target.LabelSelector,
	}
}

func judge(text string, live, desired map[string]any) ([]any, error) {
	var read kustomization
	if err := yaml.UnmarshalStrict([]byte(text), &read); err != nil {
		return nil, err
	}
	options := ssa.DefaultApplyOptions()
	for _, rule := range read.Spec.Ignore {
		options.DriftIgnoreRules = append(options.DriftIgnoreRules, jsondiff.IgnoreRule{Paths: rule.Paths, Selector: selector(rule)})
	}
	there := &server{live: &unstructured.Unstructured{Object: live}}
	there.live.SetUID("there")
	there.live.SetResourceVersion("1")
	manager := ssa.NewResourceManager(there, nil, ssa.Owner{Field: "kustomize-controller", Group: "kustomize.toolkit.fluxcd.io"})
	ctx := context.Background()
	if _, err := manager.Apply(ctx, &unstructured.Unstructured{Object: desired}, options); err != nil {
		return nil, err
	}
	return append([]any{}, there.sent...), nil
}
