// Says what Argo CD says of objects: a JSON array on standard input, one verdict each on standard output.
package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/health"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
)

type verdict struct {
	Word    string `json:"word"`
	Message string `json:"message"`
	Failed  bool   `json:"failed"`
}

func judge(object map[string]any) (found verdict) {
	defer func() {
		if told := recover(); told != nil {
			found = verdict{Message: fmt.Sprint("panic: ", told), Failed: true}
		}
	}()
	status, err := health.GetResourceHealth(&unstructured.Unstructured{Object: object}, lua.ResourceHealthOverrides{})
	if status == nil {
		status = &health.HealthStatus{}
	}
	return verdict{Word: string(status.Status), Message: status.Message, Failed: err != nil}
}

func order() []health.HealthStatusCode {
	words := []health.HealthStatusCode{
		health.HealthStatusUnknown, health.HealthStatusProgressing, health.HealthStatusHealthy,
		health.HealthStatusSuspended, health.HealthStatusDegraded, health.HealthStatusMissing,
	}
	slices.SortFunc(words, func(one, other health.HealthStatusCode) int {
		if health.IsWorse(one, other) {
			return -1
		}
		return 1
	})
	return words
}

func main() {
	var objects []map[string]any
	text, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = json.Unmarshal(text, &objects)
	}
	if err != nil {
		panic(err)
	}
	verdicts := []verdict{}
	for _, object := range objects {
		verdicts = append(verdicts, judge(object))
	}
	told, err := json.Marshal(map[string]any{"order": order(), "verdicts": verdicts})
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(told)
}
