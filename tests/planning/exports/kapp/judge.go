// Says what kapp makes of an object before it compares and applies it, given the rebase rules of a Config.
package main

import (
	"encoding/json"

	"carvel.dev/kapp/pkg/kapp/config"
	"carvel.dev/kapp/pkg/kapp/diff"
	"carvel.dev/kapp/pkg/kapp/resources"
)

func resource(content map[string]any) (resources.Resource, error) {
	text, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	return resources.NewResourceFromBytes(text)
}

func judge(text string, live, desired map[string]any) ([]any, error) {
	written, err := resources.NewResourceFromBytes([]byte(text))
	if err != nil {
		return nil, err
	}
	_, read, err := config.NewConfFromResources([]resources.Resource{written})
	if err != nil {
		return nil, err
	}
	there, err := resource(live)
	if err != nil {
		return nil, err
	}
	stated, err := resource(desired)
	if err != nil {
		return nil, err
	}
	rebased, err := diff.NewRebasedResource(there, stated, read.RebaseMods()).Resource()
	if err != nil {
		return nil, err
	}
	return []any{rebased.UnstructuredObject()}, nil
}
